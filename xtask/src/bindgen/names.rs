//! Short names for what a module and its script call each other by.

use std::collections::HashMap;

use anyhow::{Result, ensure};

/// So begin the new names. wasm-bindgen's own never do.
const PREFIX: char = '$';

/// So begin the exports for streams; see [`super::streams`].
const UNUSED: &str = "intounderlying";

/// wasm-bindgen's names end in sixteen digits of a hash each, which nothing compresses: six
/// kilobytes of a first load.
pub(super) struct Names {
    short: HashMap<String, String>,
}

impl Names {
    /// # Errors
    ///
    /// If the script has names of its own that are like the new ones.
    pub(super) fn new(script: &str) -> Result<Self> {
        let taken = words(script).any(|word| word.len() > 1 && word.starts_with(PREFIX));
        ensure!(!taken, "the script has names that begin with `{PREFIX}`");
        Ok(Self {
            short: HashMap::new(),
        })
    }

    /// What an import is to be called. What other scripts export keeps its name.
    pub(super) fn import(&mut self, module: &str, name: &str) -> String {
        if module.ends_with("_bg.js") {
            self.shorter(name)
        } else {
            name.to_owned()
        }
    }

    /// What an export is to be called; none if nobody wants it.
    pub(super) fn export(&mut self, name: &str) -> Option<String> {
        if name.contains(UNUSED) {
            None
        } else if name.starts_with("_ZN") {
            Some(self.shorter(name))
        } else {
            Some(name.to_owned())
        }
    }

    fn shorter(&mut self, name: &str) -> String {
        let number = self.short.len();
        self.short
            .entry(name.to_owned())
            .or_insert_with(|| format!("{PREFIX}{number}"))
            .clone()
    }

    /// The script with the names that were asked for.
    pub(super) fn renamed(&self, script: &str) -> String {
        let mut renamed = String::with_capacity(script.len());
        let mut rest = script;
        for word in words(script) {
            // A word is a part of the script behind those before it.
            let (between, from) = rest.split_at(word.as_ptr() as usize - rest.as_ptr() as usize);
            renamed.push_str(between);
            renamed.push_str(self.short.get(word).map_or(word, String::as_str));
            rest = &from[word.len()..];
        }
        renamed.push_str(rest);
        renamed
    }
}

fn words(script: &str) -> impl Iterator<Item = &str> {
    script
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn whole_words_are_renamed_and_nothing_else() {
        let script = "{__wbg_get_0a: f, __wbg_get_0ab: wasm._ZN1a_17(\"__wbg\")} // ${s}";
        assert!(Names::new("let $a = 1").is_err());
        let mut names = Names::new(script).expect("nothing in the way");
        assert_eq!(names.import("./w_bg.js", "__wbg_get_0a"), "$0");
        assert_eq!(names.import("./w_bg.js", "__wbg_get_0ab"), "$1");
        assert_eq!(names.import("./w_bg.js", "__wbg_get_0a"), "$0");
        assert_eq!(names.import("./loader.js", "load"), "load");
        assert_eq!(names.export("_ZN1a_17").as_deref(), Some("$2"));
        assert_eq!(names.export("memory").as_deref(), Some("memory"));
        assert_eq!(names.export("__wbg_intounderlyingsink_free"), None);
        assert_eq!(
            names.renamed(script),
            "{$0: f, $1: wasm.$2(\"__wbg\")} // ${s}"
        );
    }
}
