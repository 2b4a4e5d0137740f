use super::source::{Source, Turn};
use super::worker::Call;
use crate::text;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sysinfo::Uid;

const NAME_CHARS_MAX: usize = 64;
/// Where accounts come from a directory service, listing them is slow.
const LIST_EVERY: Duration = Duration::from_secs(600);

/// The names of those who own processes.
pub(super) type UserNames = HashMap<Uid, String>;

/// The user database. Where that is a directory service (LDAP, SSSD), the C library asks it over
/// the network and waits for as long as it is set up to.
pub(super) struct Users {
    source: Source<(), UserNames>,
    names: Arc<UserNames>,
    asked: Option<Instant>,
}

impl Users {
    pub(super) fn new() -> Self {
        Self {
            source: Source::new(()),
            names: Arc::default(),
            asked: None,
        }
    }

    /// Lists everyone: the first time, and again for somebody unknown if the list is old.
    pub(super) fn due(&mut self, has_unknown: bool, now: Instant) -> Option<Call> {
        let is_due = |asked: Instant| has_unknown && now - asked >= LIST_EVERY;
        if !self.asked.is_none_or(is_due) {
            return None;
        }
        let call = self.source.ask(|()| list())?;
        self.asked = Some(now);
        Some(call)
    }

    /// Everyone who was on the newest list.
    pub(super) fn names(&mut self) -> Arc<UserNames> {
        if let Some(names) = self.source.take() {
            self.names = Arc::new(names);
        }
        self.names.clone()
    }

    pub(super) fn turn(&mut self, now: Instant) -> Option<Turn> {
        self.source.turn(now, false)
    }
}

fn list() -> UserNames {
    let Ok(users) = sysinfo::Users::new_with_refreshed_list() else {
        return UserNames::new();
    };
    users
        .iter()
        .map(|user| {
            (
                user.id().clone(),
                text::bounded(user.name(), NAME_CHARS_MAX),
            )
        })
        .collect()
}
