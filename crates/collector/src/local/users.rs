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

    /// Absent if nobody has that number. Lists again for somebody unknown, if the list is old.
    pub(super) fn name(&mut self, uid: &Uid) -> Option<String> {
        if !self.names.contains_key(uid) && self.listed.elapsed() >= LIST_EVERY {
            *self = Self::new();
        }
        self.names.get(uid).cloned()
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
