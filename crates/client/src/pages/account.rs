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

use crate::kit::piece::Piece;
use crate::model::PageKind;
use context::Context;
pub(super) use context::{loading, problem, said, send};
pub(super) use entries::{action, confirmed, focus_soon, heading_id, section};

/// What the page shows where one signs in, or where the first user is created.
pub(super) fn sign_in_content(kind: PageKind) -> Piece {
    let context = Context::new();
    match kind {
        PageKind::Setup => set_up::set_up(context),
        _ => sign_in::sign_in(context),
    }
}

/// What the page of one's own account shows.
pub(super) fn account_content() -> Piece {
    profile::profile(Context::new())
}

/// What the page of all users shows.
pub(super) fn users_content() -> Piece {
    users::users(Context::new())
}
