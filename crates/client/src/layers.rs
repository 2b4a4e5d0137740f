//! Holds that the folders are layers: imports go from later ones to earlier ones, and no two modules of a
//! layer import each other, not even by a detour.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the bottom to the top; whatever is beside them is above all.
const LAYERS: [&str; 5] = ["kit", "model", "session", "widgets", "pages"];

/// One mention of another module of this crate.
struct Import {
    /// `file:line: text`
    place: String,
    /// The module that imports, from the crate's root on.
    from: Vec<String>,
    /// What is imported.
    to: Vec<String>,
}

#[test]
fn imports_point_one_way() {
    let imports = imports();
    assert!(imports.len() > 100, "the sources are read");
    let layer = |path: &[String]| {
        let place = LAYERS.iter().position(|layer| *layer == path[0]);
        place.unwrap_or(LAYERS.len())
    };
    let wrong: Vec<_> = imports
        .iter()
        .filter(|it| !it.from.is_empty() && !it.to.is_empty())
        .filter(|it| layer(&it.from) < LAYERS.len() && layer(&it.to) > layer(&it.from))
        .filter(|it| it.to[0] != "Snapshot")
        .map(|it| it.place.as_str())
        .collect();
    assert!(
        wrong.is_empty(),
        "imported from below:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_model_is_plain_data() {
    let foreign = ["leptos", "web_sys", "js_sys", "wasm_bindgen", "gloo_"];
    let mut wrong = Vec::new();
    each_line(&mut |file, number, line| {
        let is_model = file.starts_with("model");
        if is_model && foreign.iter().any(|name| line.contains(name)) {
            wrong.push(format!("{file}:{number}: {line}"));
        }
    });
    assert!(wrong.is_empty(), "not plain data:\n{}", wrong.join("\n"));
}

#[test]
fn no_modules_of_a_layer_import_each_other() {
    let mut edges: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for import in imports() {
        if import.from.len() < 2 || import.to.len() < 2 || import.from[0] != import.to[0] {
            continue;
        }
        let name = |path: &[String]| path[..2].join("::");
        let (from, to) = (name(&import.from), name(&import.to));
        if from != to {
            edges.entry(from).or_default().insert(to, import.place);
        }
    }
    // What imports nothing that is left is taken away, until only circles are left.
    loop {
        let names: BTreeSet<_> = edges.keys().cloned().collect();
        edges.retain(|_, to| to.keys().any(|to| names.contains(to)));
        for to in edges.values_mut() {
            to.retain(|to, _| names.contains(to));
        }
        if edges.len() == names.len() {
            break;
        }
    }
    let places: Vec<_> = edges.values().flat_map(BTreeMap::values).collect();
    assert!(edges.is_empty(), "these form circles: {places:#?}");
}

/// Each mention of `crate::…` and `super::…` outside tests.
fn imports() -> Vec<Import> {
    let reexports = reexports();
    let mut imports = Vec::new();
    each_line(&mut |file, number, line| {
        let from = module(file);
        for to in mentioned(&from, line) {
            let to = match to.as_slice() {
                // A longer path goes through the module of that name.
                [layer, item] => match reexports.get(&format!("{layer}::{item}")) {
                    Some(module) => vec![layer.clone(), module.clone()],
                    None => to,
                },
                _ => to,
            };
            imports.push(Import {
                place: format!("{file}:{number}: {}", line.trim()),
                from: from.clone(),
                to,
            });
        }
    });
    imports
}

/// What a layer's root gives on, and the module that it is from: `session::PageState` is from `page_state`.
fn reexports() -> BTreeMap<String, String> {
    let mut reexports = BTreeMap::new();
    for layer in LAYERS {
        let text = read(&Path::new("src").join(layer).with_extension("rs"));
        for statement in text.split(';') {
            let Some((_, path)) = statement.split_once("use ") else {
                continue;
            };
            let Some((module, items)) = path.split_once("::") else {
                continue;
            };
            for item in items.split(|c: char| !c.is_alphanumeric() && c != '_') {
                reexports.insert(format!("{layer}::{item}"), module.trim().to_owned());
            }
        }
    }
    reexports
}

/// The paths in a line, as those from the crate's root.
fn mentioned(from: &[String], line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for head in ["crate::", "super::"] {
        for (at, _) in line.match_indices(head) {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '`') {
                continue;
            }
            let path = &line[at..];
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let (path, rest) = path.split_at(end.unwrap_or(path.len()));
            let mut to = from.to_vec();
            let mut parts = path.split("::").filter(|part| !part.is_empty()).peekable();
            if parts.next_if_eq(&"crate").is_some() {
                to.clear();
            }
            while parts.next_if_eq(&"super").is_some() {
                to.pop();
            }
            to.extend(parts.map(str::to_owned));
            match rest.strip_prefix('{') {
                Some(items) if path.ends_with("::") => {
                    for item in items.split([',', '}']).map(str::trim) {
                        let item = item.split("::").next().unwrap_or_default();
                        if !item.is_empty() && item != "self" && item != ";" {
                            found.push([to.as_slice(), &[item.to_owned()]].concat());
                        }
                    }
                }
                _ => found.push(to),
            }
        }
    }
    found
}

/// Lines outside tests; an import over several lines is one.
fn each_line(look: &mut dyn FnMut(&str, usize, &str)) {
    let mut folders = vec![Path::new("src").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix("src").expect("below it");
            let file = file.to_str().expect("a name that is text").to_owned();
            if file.ends_with("tests.rs") || file == "layers.rs" {
                continue;
            }
            let text = read(&path);
            let code = text.split("#[cfg(test)]\nmod tests").next();
            let mut joined = String::new();
            for (number, line) in code.unwrap_or_default().lines().enumerate() {
                let line = line.split("//").next().unwrap_or_default();
                joined.push_str(line.trim());
                let is_import = joined.starts_with("use ") || joined.starts_with("pub");
                if is_import && joined.contains("use ") && !joined.ends_with(';') {
                    continue;
                }
                look(&file, number + 1, &joined);
                joined.clear();
            }
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// A file's module, from the crate's root on.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let parts = path.split(['/', '\\']).map(str::to_owned);
    parts.filter(|part| part != "lib").collect()
}
