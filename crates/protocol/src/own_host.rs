use crate::{Comparison, HOST_LABEL, Selector, SeriesKey};
use std::sync::Arc;

/// The alias of the server's own host in selectors, filters and links.
pub const OWN_HOST_ALIAS: &str = "local";

/// The server's own host, identified by its current name, every former name (stored messages are not
/// renamed) and [`OWN_HOST_ALIAS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnHost {
    /// The current name first, then the alias.
    names: Arc<Vec<String>>,
}

impl OwnHost {
    /// The longest name, in bytes.
    pub const NAME_BYTES_MAX: usize = 100;

    /// A host that was never renamed.
    pub fn new(name: &str) -> Self {
        Self::renamed(name, [])
    }

    /// A host with former names.
    pub fn renamed(name: &str, former: impl IntoIterator<Item = String>) -> Self {
        let mut names = vec![name.to_owned(), OWN_HOST_ALIAS.to_owned()];
        for former in former {
            if former != name {
                names.push(former);
            }
        }
        Self {
            names: Arc::new(names),
        }
    }

    /// Its current name, which new messages and all series have.
    pub fn name(&self) -> &str {
        &self.names[0]
    }

    /// All its names, the current one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether this is one of its names.
    pub fn is(&self, host: &str) -> bool {
        self.names().any(|name| name == host)
    }

    /// The current name of this host, or the name of another one unchanged.
    pub fn resolve<'a>(&'a self, host: &'a str) -> &'a str {
        if self.is(host) { self.name() } else { host }
    }

    /// Replaces any of its names by the current one in a series.
    pub fn resolve_series(&self, series: &mut SeriesKey) {
        if series.host != self.name() && self.is(&series.host) {
            self.name().clone_into(&mut series.host);
        }
    }

    /// Replaces any of its names by the current one in a selector. Regular expressions match only the
    /// current name.
    pub fn resolve_selector(&self, selector: &mut Selector) {
        for matcher in &mut selector.matchers {
            let is_value = matches!(matcher.comparison, Comparison::Equal | Comparison::NotEqual);
            if is_value && matcher.label == HOST_LABEL && self.is(&matcher.value) {
                self.name().clone_into(&mut matcher.value);
            }
        }
    }

    /// Whether a host may have this name: 1 to 100 letters and digits of ASCII, dots, hyphens and
    /// underscores, which need no escapes anywhere.
    pub fn is_name(text: &str) -> bool {
        (1..=Self::NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(is_plain)
    }

    /// A valid name similar to a text; `None` for an empty one.
    pub fn nearest_name(text: &str) -> Option<String> {
        let plain = text.chars().map(|it| if is_plain(it) { it } else { '-' });
        let name: String = plain.take(Self::NAME_BYTES_MAX).collect();
        (!name.is_empty()).then_some(name)
    }
}

impl Default for OwnHost {
    fn default() -> Self {
        Self::new(OWN_HOST_ALIAS)
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnHost {
        OwnHost::renamed("web-1", ["old".to_owned(), "web-1".to_owned()])
    }

    #[test]
    fn all_its_names_identify_it() {
        let own = own();
        for name in ["web-1", "old", "local"] {
            assert!(own.is(name), "{name}");
            assert_eq!(own.resolve(name), "web-1");
        }
        assert!(!own.is("web-2") && !own.is(""));
        assert_eq!(own.resolve("web-2"), "web-2");
        assert_eq!(own.names().collect::<Vec<_>>(), ["web-1", "local", "old"]);
    }

    fn check(selector: &str, expected: &str) {
        let mut selector: Selector = selector.parse().expect("a selector");
        own().resolve_selector(&mut selector);
        assert_eq!(selector.to_string(), expected);
    }

    #[test]
    fn a_selector_may_use_any_of_its_names() {
        check(r#"cpu{host="local"}"#, r#"cpu{host="web-1"}"#);
        check(r#"cpu{host!="old"}"#, r#"cpu{host!="web-1"}"#);
        check(r#"cpu{host="web-2"}"#, r#"cpu{host="web-2"}"#);
        check(r#"cpu{host=~"local"}"#, r#"cpu{host=~"local"}"#);
        check(r#"cpu{shard="local"}"#, r#"cpu{shard="local"}"#);
        check(r#"max(cpu{host="local"})"#, r#"max(cpu{host="web-1"})"#);
    }

    #[test]
    fn names_need_no_escapes() {
        for name in ["web-1", "a.example", "A_b", &"x".repeat(100)] {
            assert!(OwnHost::is_name(name), "{name}");
        }
        for name in ["", "a b", "*", "caf\u{e9}", "a\"b", &"x".repeat(101)] {
            assert!(!OwnHost::is_name(name), "{name}");
        }
        let nearest = |text: &str| OwnHost::nearest_name(text);
        assert_eq!(nearest("my host").as_deref(), Some("my-host"));
        assert_eq!(nearest(&"\u{e9}".repeat(200)), Some("-".repeat(100)));
        assert_eq!(nearest(""), None);
    }
}
