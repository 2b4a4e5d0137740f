use super::frame::frame;
use crate::kit::piece::Piece;
use crate::model::PageKind;
use crate::widgets::fetch_rooms_page;

/// The page of rooms.
pub(super) fn rooms_page(manages_users: bool) -> Piece {
    frame(
        PageKind::Rooms,
        manages_users,
        "rooms-page",
        fetch_rooms_page,
    )
}
