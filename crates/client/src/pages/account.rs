//! The pages of accounts: signing in, the first user, one's own account, all users.
//!
//! The server renders their frame, without any data. The rest is loaded lazily and asks the API for what it shows.

mod context;
mod entries;
mod once;

mod profile;
mod sessions;
mod set_up;
mod sign_in;
mod start_page;
mod tokens;
mod totp;
mod users;

use super::frame::frame;
use crate::kit::later::{Build, chunk};
use crate::kit::piece::Piece;
use crate::model::{PageKind, Rights};
use context::Context;
pub(super) use context::{loading, problem, said, send};
pub(super) use entries::{action, confirmed, focus_soon, heading_id, section};
use std::sync::Arc;

/// The body of such a page, for a user with these rights.
pub(super) fn account_page(kind: PageKind, rights: Rights) -> Piece {
    frame(kind, rights, "account", move |_, _| fetch(kind))
}

chunk! {
    accounts:
    fn fetch(kind: PageKind) -> Build {
        Arc::new(move || {
            let context = Context::new();
            match kind {
                PageKind::Login => sign_in::sign_in(context),
                PageKind::Setup => set_up::set_up(context),
                PageKind::Users => users::users(context),
                _ => profile::profile(context),
            }
        })
    }
}
