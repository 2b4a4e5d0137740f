use crate::text;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use sysinfo::{Uid, Users};

const NAME_CHARS_MAX: usize = 64;
/// Where accounts come from a directory service, listing them is slow.
const LIST_EVERY: Duration = Duration::from_secs(600);

/// The names of those who own processes.
pub(super) struct UserNames {
    names: HashMap<Uid, String>,
    listed: Instant,
}

impl UserNames {
    pub(super) fn new() -> Self {
        Self {
            names: list(),
            listed: Instant::now(),
        }
    }

    /// Lists again, if somebody unknown turned up and the last list is old.
    pub(super) fn refresh_for<'a>(&mut self, mut users: impl Iterator<Item = &'a Uid>) {
        if self.listed.elapsed() >= LIST_EVERY && users.any(|uid| !self.names.contains_key(uid)) {
            *self = Self::new();
        }
    }

    pub(super) fn get(&self, uid: &Uid) -> Option<&str> {
        self.names.get(uid).map(String::as_str)
    }
}

fn list() -> HashMap<Uid, String> {
    let Ok(users) = Users::new_with_refreshed_list() else {
        return HashMap::new();
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
