use super::random::Random;
use protocol::{Event, Level, Timestamp};
use std::time::Duration;

/// At most five seconds apart, for any rate of slots.
const PAUSE_S: std::ops::Range<f64> = 1.2..4.2;

/// The percentage of events of each level.
const LEVELS: &[(Level, u32)] = &[
    (Level::Info, 60),
    (Level::Success, 17),
    (Level::Warning, 14),
    (Level::Error, 4),
    (Level::Debug, 5),
];

/// Sources and messages with placeholders. They must not contradict the charts; backups, deployments and
/// the like are in `timeline.rs`.
const DEBUG: &[(&str, &str)] = &[
    (
        "cache",
        "Dropped {count} entries that nobody read for {minutes} minutes",
    ),
    (
        "database",
        "Plan for query {id} changed from a sequential to an index scan",
    ),
    ("gateway", "Reused {count} idle connections to {node}"),
    (
        "scheduler",
        "Nothing to do for job {job}, next look in {minutes} minutes",
    ),
    ("search", "Merged {small} index segments in {ms} ms"),
];

const INFO: &[(&str, &str)] = &[
    ("auth", "{user} signed in from {address}"),
    ("auth", "{user} signed out after {minutes} minutes"),
    ("auth", "{user} changed the password"),
    ("auth", "API token {id} was used for the first time"),
    ("cache", "Warmed the cache with {count} products"),
    ("database", "Checkpoint wrote {count} pages in {ms} ms"),
    ("database", "Autovacuum of table {table} started"),
    ("gateway", "Configuration reloaded, {count} routes active"),
    ("gateway", "Added {node} to the pool"),
    ("kernel", "Time synchronised, offset {small} ms"),
    ("mail", "Sent {count} order confirmations"),
    (
        "payments",
        "Settlement {id} with {count} transactions submitted",
    ),
    ("queue", "Consumer {node} joined group {job}"),
    ("scheduler", "Job {job} started on {node}"),
    ("search", "Indexing of {count} changed products started"),
    ("shop", "Order {id} placed by a customer from {city}"),
    ("shop", "Order {id} shipped to {city}"),
    ("shop", "{user} published {small} new products"),
    ("storage", "Snapshot of {database} is {small} GB"),
    ("systemd", "Service {service} restarted by {user}"),
];

const SUCCESS: &[(&str, &str)] = &[
    ("backup", "Restore test of {database} passed"),
    ("certs", "Certificate for {domain} renewed for 90 days"),
    ("payments", "Settlement {id} confirmed by the bank"),
    ("queue", "Backlog of {job} worked off, {count} messages"),
    ("scheduler", "Job {job} finished in {ms} ms"),
    ("search", "Index rebuilt, {count} products searchable"),
    ("shop", "Order {id} paid"),
    ("storage", "Replica on {node} caught up"),
];

const WARNING: &[(&str, &str)] = &[
    ("auth", "{small} failed sign-ins for {user} from {address}"),
    ("certs", "Certificate for {domain} expires in {small} days"),
    ("database", "Query on {table} took {ms} ms"),
    ("database", "{count} of 400 connections in use"),
    ("gateway", "{node} answers slowly, p99 is {ms} ms"),
    ("gateway", "Rate limit reached for {address}"),
    (
        "mail",
        "{small} messages bounced, will retry in {minutes} minutes",
    ),
    (
        "payments",
        "Provider is slow to answer, {small} payments pending",
    ),
    ("queue", "{count} messages waiting in {job}"),
    ("storage", "Volume {database} grows by {small} GB a day"),
    ("scheduler", "Job {job} took twice as long as usual"),
];

const ERROR: &[(&str, &str)] = &[
    (
        "database",
        "Deadlock on table {table}, transaction {id} rolled back",
    ),
    (
        "gateway",
        "{node} left the pool after {small} failed health checks",
    ),
    (
        "payments",
        "Payment for order {id} declined by the provider",
    ),
    ("scheduler", "Job {job} failed after {small} attempts"),
    ("shop", "Checkout answered 502 to {small} customers"),
    (
        "systemd",
        "Service {service} exited with status 1, restarting",
    ),
];

/// Values of the placeholders.
const WORDS: &[(&str, &[&str])] = &[
    (
        "city",
        &[
            "Berlin", "Lyon", "Porto", "Kraków", "Malmö", "Turin", "Ghent", "Graz",
        ],
    ),
    (
        "database",
        &["orders", "catalog", "customers", "analytics", "sessions"],
    ),
    (
        "domain",
        &["shop.example", "api.shop.example", "img.shop.example"],
    ),
    (
        "job",
        &[
            "invoice-export",
            "price-sync",
            "stock-import",
            "thumbnailer",
            "newsletter",
        ],
    ),
    (
        "node",
        &["web-1", "web-2", "web-3", "worker-1", "worker-2", "db-2"],
    ),
    ("service", &["shop-api", "search", "image-proxy", "mailer"]),
    (
        "table",
        &["orders", "order_lines", "prices", "stock", "sessions"],
    ),
    (
        "user",
        &[
            "alice", "bruno", "chiara", "deniz", "emil", "farah", "greta",
        ],
    ),
];

/// Routine events of a web shop.
pub(super) struct BackgroundEvents {
    random: Random,
    due: Duration,
}

impl BackgroundEvents {
    pub(super) fn new(random: Random) -> Self {
        Self {
            random,
            due: Duration::from_millis(500),
        }
    }

    /// The event that is due at `at` since the start, if any.
    pub(super) fn due(&mut self, at: Duration, timestamp: Timestamp) -> Option<Event> {
        if at < self.due {
            return None;
        }
        self.due = at + Duration::from_secs_f64(self.random.within(PAUSE_S));
        Some(self.next(timestamp))
    }

    /// The next event.
    pub(super) fn next(&mut self, timestamp: Timestamp) -> Event {
        let level = self.level();
        let &(source, sentence) = self.random.pick(sentences(level));
        Event {
            timestamp,
            level,
            source: source.to_owned(),
            message: self.fill_in(sentence),
        }
    }

    fn level(&mut self) -> Level {
        let mut left = self.random.whole(0..100);
        for &(level, of_hundred) in LEVELS {
            if left < of_hundred {
                return level;
            }
            left -= of_hundred;
        }
        Level::Info
    }

    fn fill_in(&mut self, sentence: &str) -> String {
        let mut message = String::new();
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            message.push_str(before);
            message.push_str(&self.word(name));
            rest = after;
        }
        message.push_str(rest);
        message
    }

    fn word(&mut self, name: &str) -> String {
        let random = &mut self.random;
        match name {
            "count" => random.whole(120..390).to_string(),
            "small" => random.whole(2..12).to_string(),
            "minutes" => random.whole(2..45).to_string(),
            "ms" => random.whole(140..2_400).to_string(),
            "id" => random.whole(100_000..999_999).to_string(),
            // A documentation address (RFC 5737).
            "address" => format!("203.0.113.{}", random.whole(1..255)),
            _ => {
                let words = WORDS.iter().find(|(known, _)| *known == name);
                words.map_or_else(String::new, |(_, words)| (*random.pick(words)).to_owned())
            }
        }
    }
}

fn sentences(level: Level) -> &'static [(&'static str, &'static str)] {
    match level {
        Level::Debug => DEBUG,
        Level::Info => INFO,
        Level::Success => SUCCESS,
        Level::Warning => WARNING,
        Level::Error => ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_has_a_value() {
        let mut events = BackgroundEvents::new(Random::new(1, 0));
        for level in Level::ALL {
            for (_, sentence) in sentences(level) {
                for part in sentence.split('{').skip(1) {
                    let (name, _) = part.split_once('}').expect(sentence);
                    assert_ne!(events.word(name), "", "{name} in {sentence}");
                }
            }
        }
        let shares: u32 = LEVELS.iter().map(|(_, of_hundred)| of_hundred).sum();
        assert_eq!(shares, 100);
    }
}
