//! What is remembered of who reports as JSON.

use crate::app::App;
use crate::inputs::sources::{Sender, Sent};
use protocol::api::IngestResponse;
use protocol::{Durable, Timestamp};

/// Sources of one request that are told apart.
const SOURCES_MAX: usize = 20;

/// How many messages there are of each source; those of further ones are among those without a name.
pub(super) fn by_source(messages: &[Durable]) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for message in messages {
        let source = source(message);
        let known = counts.iter().position(|(known, _)| known == source);
        let is_cut = known.is_none() && counts.len() >= SOURCES_MAX;
        let source = if is_cut { "" } else { source };
        match counts.iter_mut().find(|(known, _)| known == source) {
            Some((_, count)) => *count += 1,
            None => counts.push((source.to_owned(), 1)),
        }
    }
    counts
}

fn source(message: &Durable) -> &str {
    match message {
        Durable::Data(data) => data.source.as_deref().unwrap_or_default(),
        Durable::Event(event) => &event.source,
        Durable::Log(log) => &log.source,
        _ => "",
    }
}

/// Remembers what became of a request whose entries were committed, but for those that were rejected.
pub(super) fn remember(
    app: &App,
    sender: &Sender,
    by_source: Vec<(String, u64)>,
    outcome: &IngestResponse,
) {
    let (sources, now_ms) = (app.inputs().sources(), Timestamp::now().unix_ms());
    for (source, accepted) in by_source {
        let sent = Sent {
            accepted,
            ..Sent::default()
        };
        sources.sent(sender.clone().called(&source), &sent, now_ms);
    }
    if outcome.rejected_count > 0 {
        let sent = Sent {
            rejected: outcome.rejected_count,
            why: outcome.rejected.first().map(|it| it.error.as_str()),
            ..Sent::default()
        };
        sources.sent(sender.clone(), &sent, now_ms);
    }
}

/// Remembers that nothing of a request was accepted.
pub(super) fn remember_refused(app: &App, sender: Sender, why: &str) {
    let now_ms = Timestamp::now().unix_ms();
    let sources = app.inputs().sources();
    sources.sent(sender, &Sent::refused(why), now_ms);
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Event, Level};

    #[test]
    fn messages_are_counted_by_a_few_sources() {
        let event = |source: String| {
            Durable::Event(Event {
                timestamp: Timestamp::from_unix_ms(0),
                level: Level::Info,
                source,
                message: "a".into(),
            })
        };
        let mut messages: Vec<_> = (0..30).map(|it| event(it.to_string())).collect();
        messages.push(event("3".into()));
        let counts = by_source(&messages);
        assert_eq!(counts.len(), SOURCES_MAX + 1);
        assert_eq!(counts[3], ("3".to_owned(), 2));
        assert_eq!(counts[SOURCES_MAX], (String::new(), 10));
    }
}
