//! The tables of `docs/configuration.md` are written from the settings' definitions.

use crate::support::root;
use server::config::{GROUPS, Group, Setting};
use std::fmt::Write as _;

const BEGIN: &str =
    "<!-- The tables are generated: UPDATE_DOCS=1 cargo test -p server --test docs -->\n";
const END: &str = "<!-- The end of what is generated. -->\n";

#[test]
fn the_tables_are_those_of_the_code() {
    let path = root().join("docs/configuration.md");
    let found = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = found.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let tables: Vec<_> = GROUPS.iter().map(table).collect();
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", tables.join("\n"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, expected).unwrap();
        return;
    }
    assert!(
        found == expected,
        "docs/configuration.md differs from the settings in the code; run \
         UPDATE_DOCS=1 cargo test -p server --test docs"
    );
}

#[test]
fn the_examples_are_valid() {
    let text = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for example in crate::support::blocks(&text, "toml") {
        let path = folder.path().join("watchroom.toml");
        std::fs::write(&path, &example).unwrap();
        let flags = server::config::Flags::file(path);
        let layers = server::config::Layers::gather(&flags).unwrap();
        layers.config().unwrap();
    }
}

fn table(group: &Group) -> String {
    let mut table = format!(
        "## {}\n\n\
         | setting | default | accepted | environment | flag | reload | meaning |\n\
         |---|---|---|---|---|---|---|\n",
        group.title
    );
    for setting in group.settings {
        writeln!(table, "{}", row(setting)).unwrap();
    }
    table
}

fn row(setting: &Setting) -> String {
    let code = |text: &str| match text {
        "" => String::new(),
        text => format!("`{text}`"),
    };
    let flag = setting.flag.map_or("", |flag| flag.name);
    let own = code(&setting.variable());
    let alias = setting.alias;
    let cells = [
        code(setting.key),
        code(&setting.default_in_words()),
        setting.accepted(),
        alias.map_or(own.clone(), |name| format!("{own}, {}", code(name))),
        code(flag),
        if setting.reloads { "yes" } else { "" }.to_owned(),
        setting.help.to_owned(),
    ];
    format!(
        "| {} |",
        cells.map(|cell| cell.replace('|', "\\|")).join(" | ")
    )
}
