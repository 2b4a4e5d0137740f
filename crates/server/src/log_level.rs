//! The level of the log, which an admin may change for a while.

use protocol::server_info::LogLevelInfo;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The filter of a log that runs.
pub(crate) type FilterHandle = reload::Handle<EnvFilter, Registry>;

/// The longest directives that are accepted, in bytes.
const DIRECTIVES_BYTES_MAX: usize = 500;

/// How many of them.
const DIRECTIVES_MAX: usize = 50;

/// The levels that a directive may have.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The level of the log. Cheap to clone. Its lock is held briefly, and while the filter is replaced.
#[derive(Clone)]
pub(crate) struct LogLevel(Arc<Mutex<State>>);

struct State {
    /// Absent where the server runs within another program, as in tests.
    filter: Option<FilterHandle>,
    configured: String,
    changed: Option<Changed>,
}

/// Other directives than the configured ones.
struct Changed {
    directives: String,
    until: Option<Until>,
}

#[derive(Clone, Copy)]
struct Until {
    at: Instant,
    unix_ms: i64,
}

/// Why directives are not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DirectiveError {
    #[error("`directives` is empty; leave it out for those of the configuration")]
    Empty,
    #[error("`directives` has more than {DIRECTIVES_BYTES_MAX} bytes")]
    TooLong,
    #[error("`directives` has more than {DIRECTIVES_MAX} parts between commas")]
    TooMany,
    #[error(
        "`{0}` is no level, which is one of off, error, warn, info, debug and trace; that of a module is written as in \
         `info,server::ws=debug`"
    )]
    NoLevel(String),
    #[error(
        "`{0}` cannot be read; a part is a level such as `info`, or a module with a level as in `server::ws=debug`"
    )]
    Unreadable(String),
    #[error(
        "`directives` has no level for the rest, which would not be logged at all: write `info,server::ws=debug`"
    )]
    NoOwnLevel,
}

impl LogLevel {
    /// That of the configuration, whose filter is not here yet.
    pub(crate) fn new(configured: &str) -> Self {
        Self(Arc::new(Mutex::new(State {
            filter: None,
            configured: configured.to_owned(),
            changed: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on changes apply to this log.
    pub(crate) fn control(&self, filter: FilterHandle) {
        self.state().filter = Some(filter);
    }

    pub(crate) fn info(&self) -> LogLevelInfo {
        let state = self.state();
        LogLevelInfo {
            directives: state.directives().to_owned(),
            configured: state.configured.clone(),
            until_ms: state
                .changed
                .as_ref()
                .and_then(|it| Some(it.until?.unix_ms)),
        }
    }

    /// The configuration was read again: what it says applies.
    pub(crate) fn configure(&self, directives: &str) {
        let mut state = self.state();
        directives.clone_into(&mut state.configured);
        state.changed = None;
        state.apply();
    }

    /// Applies other directives, which [`check`] accepts, until the next start or for a time.
    pub(crate) fn change(&self, directives: String, time: Option<Duration>, now_ms: i64) {
        let until = time.map(|time| Until {
            at: Instant::now() + time,
            unix_ms: now_ms.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
        });
        let mut state = self.state();
        state.changed = Some(Changed { directives, until });
        state.apply();
    }

    /// Applies the configured directives again.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        state.changed = None;
        state.apply();
    }

    /// The same, once the time of a change is over. Returns whether it is.
    pub(crate) fn expire(&self, now: Instant) -> bool {
        let mut state = self.state();
        let until = state.changed.as_ref().and_then(|it| it.until);
        if until.is_none_or(|until| until.at > now) {
            return false;
        }
        state.changed = None;
        state.apply();
        true
    }
}

impl State {
    fn directives(&self) -> &str {
        let changed = self.changed.as_ref();
        changed.map_or(&self.configured, |it| &it.directives)
    }

    fn apply(&self) {
        let Some(handle) = &self.filter else {
            return;
        };
        let changed = filter(self.directives())
            .map_err(|error| error.to_string())
            .and_then(|filter| handle.reload(filter).map_err(|error| error.to_string()));
        if let Err(error) = changed {
            tracing::warn!(error, "The level of the log was not changed.");
        }
    }
}

/// Checks directives that somebody sends. A word alone has to be a level: as the name of a module it would have the
/// level `trace`, and what is not named by a directive is not logged at all, so that a slip would silence the log.
pub(crate) fn check(directives: &str) -> Result<(), DirectiveError> {
    if directives.len() > DIRECTIVES_BYTES_MAX {
        return Err(DirectiveError::TooLong);
    }
    let parts = directives.split(',').filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.collect();
    if parts.len() > DIRECTIVES_MAX {
        return Err(DirectiveError::TooMany);
    }
    if parts.is_empty() {
        return Err(DirectiveError::Empty);
    }
    let mut has_level = false;
    for part in parts {
        let is_level = |text: &str| LEVELS.iter().any(|it| it.eq_ignore_ascii_case(text));
        let has_span = part.contains('[');
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        if !has_span && !is_level(level) {
            return Err(DirectiveError::NoLevel(level.to_owned()));
        }
        if filter(part).is_err() {
            return Err(DirectiveError::Unreadable(part.to_owned()));
        }
        has_level |= is_level(part);
    }
    if !has_level {
        return Err(DirectiveError::NoOwnLevel);
    }
    match filter(directives) {
        Ok(_) => Ok(()),
        Err(_) => Err(DirectiveError::Unreadable(directives.to_owned())),
    }
}

/// Without regular expressions, which could take any time and memory.
fn filter(directives: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().with_regex(false).parse(directives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn error(directives: &str, expected: &str) {
        let error = check(directives).unwrap_err().to_string();
        assert!(error.contains(expected), "{directives}: {error}");
    }

    #[test]
    fn directives_are_those_of_the_setting() {
        for directives in [
            "info",
            "WARN",
            "off",
            "info,server::http::observe=debug",
            "info,,hyper=off",
            "info,[request{id=5}]=debug",
            // No regular expression: it would have a billion states.
            "info,[a{b=.*x..............................}]",
        ] {
            assert_eq!(check(directives), Ok(()), "{directives}");
        }
    }

    #[test]
    fn the_error_names_what_is_wrong() {
        error("inof", "`inof` is no level");
        error("info,server=loud", "`loud` is no level");
        error("info, debug", "` debug` is no level");
        error("", "is empty");
        error(",", "is empty");
        error("info,[request=debug", "`[request=debug` cannot be read");
        error("server::ws=debug", "no level for the rest");
        error("[request]", "no level for the rest");
        error(&"info,".repeat(60), "more than 50 parts");
        error(&"a".repeat(501), "more than 500 bytes");
    }

    #[test]
    fn a_change_ends_after_its_time_or_with_another_configuration() {
        let level = LogLevel::new("info");
        level.change("debug".into(), Some(Duration::from_secs(60)), 1_000);
        let info = level.info();
        assert_eq!(
            (info.directives.as_str(), info.until_ms),
            ("debug", Some(61_000))
        );
        assert!(!level.expire(Instant::now()));
        assert!(level.expire(Instant::now() + Duration::from_secs(61)));
        assert_eq!(level.info().directives, "info");
        level.change("trace".into(), None, 0);
        assert!(!level.expire(Instant::now() + Duration::from_secs(1_000_000)));
        level.configure("warn");
        let info = level.info();
        assert_eq!(
            (info.directives, info.configured),
            ("warn".into(), "warn".into())
        );
    }
}
