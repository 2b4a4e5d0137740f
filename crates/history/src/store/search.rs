use protocol::{Level, Stream};
use serde::Deserialize;

use super::{Entry, Kept, Store, StoreError};

/// The most messages that one search looks at.
const LOOKED_AT_MAX: usize = 10 * Kept::PAGE_MESSAGES_MAX;

/// Which messages of a stream a reader wants. Empty, it passes all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageFilter {
    /// Only these levels; a message without a level is left out.
    pub levels: Option<Vec<Level>>,
    /// Only from this source: `source`, or an alert's `rule`.
    pub source: Option<String>,
    /// Only with this in its `message` or `label`, in any case.
    pub text: Option<String>,
    /// Only about this host.
    pub host: Option<HostFilter>,
}

/// Messages about one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFilter {
    /// Every name of it.
    pub names: Vec<String>,
    /// Whether it is the one that messages without a host are about.
    pub is_own: bool,
}

impl HostFilter {
    /// Whether a message is about it.
    pub fn passes(&self, host: Option<&str>) -> bool {
        match host {
            None => self.is_own,
            Some(host) => self.names.iter().any(|name| name == host),
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Where to go on: `before_seq` of the next search. Absent at the stream's beginning.
    pub next_before_seq: Option<u64>,
}

/// Reads back from `before_seq` for messages that pass a filter, newest first, at most
/// `messages_max`. It looks at a limited number of messages, so a rare one may take several
/// searches: go on while there is a `next`.
pub async fn search(
    store: &dyn Store,
    stream: Stream,
    before_seq: u64,
    messages_max: usize,
    filter: &PageFilter,
) -> Result<Search, StoreError> {
    let filter = filter.ready();
    let mut entries = Vec::new();
    let mut before_seq = before_seq;
    let mut looked_at = 0;
    while entries.len() < messages_max && looked_at < LOOKED_AT_MAX {
        let page_messages = match filter.passes_all() {
            true => (messages_max - entries.len()).min(Kept::PAGE_MESSAGES_MAX),
            false => Kept::PAGE_MESSAGES_MAX,
        };
        let page = store.page(stream, before_seq, page_messages).await?;
        let is_last = page.len() < page_messages;
        for entry in page {
            looked_at += 1;
            before_seq = entry.seq;
            if filter.passes(&entry.body) {
                entries.push(entry);
            }
            if entries.len() == messages_max {
                break;
            }
        }
        if is_last && entries.len() < messages_max {
            return Ok(Search {
                entries,
                next_before_seq: None,
            });
        }
    }
    Ok(Search {
        entries,
        next_before_seq: Some(before_seq),
    })
}

/// A filter whose text is in lower case.
struct Ready<'a> {
    filter: &'a PageFilter,
    text: Option<String>,
}

/// What of a message is looked at.
#[derive(Deserialize)]
struct Fields {
    level: Option<Level>,
    source: Option<String>,
    rule: Option<String>,
    message: Option<String>,
    label: Option<String>,
    host: Option<String>,
}

impl PageFilter {
    fn ready(&self) -> Ready<'_> {
        Ready {
            filter: self,
            text: self.text.as_ref().map(|text| text.to_lowercase()),
        }
    }
}

impl Ready<'_> {
    fn passes_all(&self) -> bool {
        *self.filter == PageFilter::default()
    }

    fn passes(&self, body: &str) -> bool {
        if self.passes_all() {
            return true;
        }
        let Ok(fields) = serde_json::from_str::<Fields>(body) else {
            return false;
        };
        let PageFilter {
            levels,
            source,
            host,
            ..
        } = self.filter;
        let has_level = levels
            .as_ref()
            .is_none_or(|levels| fields.level.is_some_and(|level| levels.contains(&level)));
        let is_from = source
            .as_ref()
            .is_none_or(|source| [&fields.source, &fields.rule].contains(&&Some(source.clone())));
        let says = self.text.as_ref().is_none_or(|text| {
            let mut texts = [&fields.message, &fields.label].into_iter().flatten();
            texts.any(|said| said.to_lowercase().contains(text))
        });
        let is_about = host
            .as_ref()
            .is_none_or(|host| host.passes(fields.host.as_deref()));
        has_level && is_from && says && is_about
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str =
        r#"{"type":"event","seq":1,"level":"warning","source":"disk","message":"Nearly Full"}"#;
    const DATA: &str = r#"{"type":"data","seq":2,"label":"Requests","value":1,"source":"shop"}"#;

    fn check(filter: &PageFilter, passing: [bool; 2]) {
        let filter = filter.ready();
        assert_eq!([EVENT, DATA].map(|body| filter.passes(body)), passing);
    }

    #[test]
    fn level_source_and_text_are_looked_for() {
        let nothing = PageFilter::default();
        check(&nothing, [true, true]);
        let levels = Some(vec![Level::Warning, Level::Error]);
        check(
            &PageFilter {
                levels,
                ..nothing.clone()
            },
            [true, false],
        );
        let source = Some("shop".to_owned());
        check(
            &PageFilter {
                source,
                ..nothing.clone()
            },
            [false, true],
        );
        let text = Some("NEARLY f".to_owned());
        check(
            &PageFilter {
                text,
                ..nothing.clone()
            },
            [true, false],
        );
        let text = Some("requests".to_owned());
        check(
            &PageFilter {
                text,
                ..nothing.clone()
            },
            [false, true],
        );
        let about = |is_own: bool| PageFilter {
            host: Some(HostFilter {
                names: vec!["web-1".to_owned()],
                is_own,
            }),
            ..nothing.clone()
        };
        check(&about(true), [true, true]);
        check(&about(false), [false, false]);
        let filter = about(false);
        assert!(filter.ready().passes(r#"{"host":"web-1"}"#));
        assert!(!filter.ready().passes(r#"{"host":"web-2"}"#));
    }
}
