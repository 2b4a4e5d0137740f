use super::service::Accounts;
use access::Access;
use accounts::{Credential, Principal, UserId, user_key};
use protocol::{Person, PersonKind};
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use store::{TokenRow, UserRow};

impl Accounts {
    /// The sender of a request as others see it: a user, or an API token, which is a bot. None while login is off.
    pub(crate) fn person(&self, principal: &Principal) -> Option<Person> {
        self.person_of(&principal.credential)
    }

    /// The same for a credential, if it still counts.
    pub(crate) fn person_of(&self, credential: &Credential) -> Option<Person> {
        let directory = self.directory();
        match credential {
            Credential::LoginOff | Credential::Anonymous | Credential::Public => None,
            Credential::Token { token, .. } => {
                let mut tokens = directory.tokens();
                tokens.find(|row| row.id == *token).map(bot)
            }
            Credential::Session { user, .. }
            | Credential::Jwt { user }
            | Credential::Proxy { user } => directory.user(*user).map(|it| person(&it.row)),
        }
    }

    /// Every user, by name.
    pub(crate) fn people(&self) -> Vec<Person> {
        let directory = self.directory();
        let users = directory.users().filter(|user| !user.row.is_denied);
        let mut people: Vec<_> = users.map(|user| person(&user.row)).collect();
        people.sort_by_cached_key(|person| user_key(&person.name));
        people
    }

    /// The user of that name.
    pub(crate) fn person_named(&self, name: &str) -> Option<Person> {
        let directory = self.directory();
        let user = directory.named(name).filter(|user| !user.row.is_denied);
        user.map(|user| person(&user.row))
    }

    /// When a user was created, in milliseconds since the Unix epoch.
    pub(crate) fn created_ms_of(&self, id: &str) -> Option<i64> {
        let directory = self.directory();
        let user = directory.users().find(|user| person(&user.row).id == id)?;
        Some(user.row.created_ms)
    }

    /// What each user may see, by its id. Those that are denied are among them: they may be admitted again.
    pub(crate) fn accesses(&self) -> Vec<(String, Access)> {
        let directory = self.directory();
        let users = directory.users();
        let accesses = users.map(|user| (person(&user.row).id, user.access.clone()));
        accesses.collect()
    }

    /// The ids of all users and of all API tokens.
    pub(crate) fn ids(&self) -> (HashSet<UserId>, HashSet<i64>) {
        let directory = self.directory();
        let users = directory.users().map(|user| user.row.id).collect();
        let tokens = directory.tokens().map(|row| row.id).collect();
        (users, tokens)
    }

    /// How many users were removed since the start.
    pub(crate) fn removals(&self) -> u64 {
        self.0.removals.load(Ordering::Acquire)
    }

    /// What a user may see, which all its connections follow.
    pub(crate) fn access_of(&self, id: &str) -> Option<Access> {
        let directory = self.directory();
        let mut users = directory.users();
        let user = users.find(|user| person(&user.row).id == id);
        user.map(|user| user.access.clone())
    }
}

/// An id of the store can be given again after a restart, to another user than the one who had it: what somebody said
/// and may read would then be that user's. With the time of its creation it is unique.
fn person(row: &UserRow) -> Person {
    Person {
        id: format!("u{}-{:x}", row.id, row.created_ms),
        name: row.name.clone(),
        kind: PersonKind::User,
    }
}

fn bot(row: &TokenRow) -> Person {
    Person {
        id: format!("t{}-{:x}", row.id, row.created_ms),
        name: row.name.clone(),
        kind: PersonKind::Bot,
    }
}
