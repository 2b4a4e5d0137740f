use super::source::{Source, Transition};
use super::worker::Call;
use crate::text;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sysinfo::Uid;

const NAME_CHARS_MAX: usize = 64;
/// The shortest time between two listings, which a directory service makes slow.
const LIST_EVERY: Duration = Duration::from_secs(600);

/// User names by ID.
pub(super) type UserNames = HashMap<Uid, String>;

/// The user database. With a directory service (LDAP, SSSD), the C library sends requests over the
/// network and waits up to its configured timeout.
pub(super) struct Users {
    source: Source<(), UserNames>,
    names: Arc<UserNames>,
    requested_at: Option<Instant>,
}

impl Users {
    pub(super) fn new() -> Self {
        Self {
            source: Source::new(()),
            names: Arc::default(),
            requested_at: None,
        }
    }

    /// Lists all users: at first, and again for an unknown user if the list is old.
    pub(super) fn due(&mut self, has_unknown: bool, now: Instant) -> Option<Call> {
        let is_due = |requested_at: Instant| has_unknown && now - requested_at >= LIST_EVERY;
        if !self.requested_at.is_none_or(is_due) {
            return None;
        }
        let call = self.source.start_read(|()| list())?;
        self.requested_at = Some(now);
        Some(call)
    }

    /// The users of the newest list.
    pub(super) fn names(&mut self) -> Arc<UserNames> {
        if let Some(names) = self.source.take() {
            self.names = Arc::new(names);
        }
        self.names.clone()
    }

    pub(super) fn transition(&mut self, now: Instant) -> Option<Transition> {
        self.source.transition(now, false)
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
