use access::Access;
use protocol::{Level, Stream};
use serde::Deserialize;

use super::{Entry, PAGE_MESSAGES_MAX};
use crate::{Store, StoreError};

/// The most messages that one search reads.
const READ_MAX: usize = 10 * PAGE_MESSAGES_MAX;

/// Which messages of a stream to return. Empty, it matches all.
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
    /// All its names.
    pub names: Vec<String>,
    /// Whether messages without a host are about it.
    pub is_own: bool,
}

impl HostFilter {
    /// Whether a message is about it.
    pub fn matches(&self, host: Option<&str>) -> bool {
        match host {
            None => self.is_own,
            Some(host) => self.names.iter().any(|name| name == host),
        }
    }
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// `before_seq` of the next search. Absent at the stream's beginning.
    pub next_before_seq: Option<u64>,
}

/// Searches back from `before_seq` for messages that match a filter, newest first, at most
/// `messages_max`. It reads a limited number of messages, so a rare match may take several
/// searches: continue while there is a `next_before_seq`.
pub async fn search(
    store: &dyn Store,
    access: &Access,
    stream: Stream,
    before_seq: u64,
    messages_max: usize,
    filter: &PageFilter,
) -> Result<Search, StoreError> {
    let filter = filter.prepare();
    let mut entries = Vec::new();
    let mut before_seq = before_seq;
    let mut read = 0;
    while entries.len() < messages_max && read < READ_MAX {
        let page_messages = match filter.matches_all() {
            true => (messages_max - entries.len()).min(PAGE_MESSAGES_MAX),
            false => PAGE_MESSAGES_MAX,
        };
        let page = store
            .page(access, stream, before_seq, page_messages)
            .await?;
        let is_last = page.len() < page_messages;
        for entry in page {
            read += 1;
            before_seq = entry.seq;
            if filter.matches(&entry.body) {
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
struct Prepared<'a> {
    filter: &'a PageFilter,
    text: Option<String>,
}

/// The fields of a message that a filter can match.
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
    fn prepare(&self) -> Prepared<'_> {
        Prepared {
            filter: self,
            text: self.text.as_ref().map(|text| text.to_lowercase()),
        }
    }
}

impl Prepared<'_> {
    fn matches_all(&self) -> bool {
        *self.filter == PageFilter::default()
    }

    fn matches(&self, body: &str) -> bool {
        if self.matches_all() {
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
        let has_text = self.text.as_ref().is_none_or(|text| {
            let mut texts = [&fields.message, &fields.label].into_iter().flatten();
            texts.any(|field| field.to_lowercase().contains(text))
        });
        let is_about = host
            .as_ref()
            .is_none_or(|host| host.matches(fields.host.as_deref()));
        has_level && is_from && has_text && is_about
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str =
        r#"{"type":"event","seq":1,"level":"warning","source":"disk","message":"Nearly Full"}"#;
    const DATA: &str = r#"{"type":"data","seq":2,"label":"Requests","value":1,"source":"shop"}"#;

    fn check(filter: &PageFilter, expected: [bool; 2]) {
        let filter = filter.prepare();
        assert_eq!([EVENT, DATA].map(|body| filter.matches(body)), expected);
    }

    #[test]
    fn level_source_text_and_host_are_matched() {
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
        assert!(filter.prepare().matches(r#"{"host":"web-1"}"#));
        assert!(!filter.prepare().matches(r#"{"host":"web-2"}"#));
    }
}
