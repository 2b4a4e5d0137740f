//! Who is who: users, their sessions and API tokens, and which principal a credential stands for.
//!
//! Everything is in memory (`directory.rs`), and each change is written to the store, and to the audit log, before it
//! takes effect. Connections that are open hold a [`Grant`], which ends with the credential that it was given to.
//! Without a store there are no accounts, and login is off.

mod directory;

mod error;

mod grants;

mod login_policy;
mod setup_link;

mod passwords;
mod sign_in;

mod external;
mod tickets;

mod audit;
mod own_account;
mod people;
mod tokens;
mod users;

mod service;

pub(crate) use error::AccountError;
pub(crate) use grants::{Ended, Grant};
pub(crate) use login_policy::LoginPolicy;
pub(crate) use own_account::HOST_PAGE;
pub(crate) use service::{Accounts, Actor};
pub(crate) use sign_in::{COOKIE_PREFIX, SignedIn, Visitor};
pub(crate) use tickets::VALID_FOR as TICKET_VALID_FOR;
pub(crate) use tokens::PREFIX as TOKEN_PREFIX;
