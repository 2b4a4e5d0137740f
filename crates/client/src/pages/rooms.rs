use super::frame::frame;
use crate::kit::piece::Piece;
use crate::model::{PageKind, Rights};
use crate::widgets::fetch_rooms_page;

/// The page of rooms.
pub(super) fn rooms_page(rights: Rights) -> Piece {
    frame(PageKind::Rooms, rights, "rooms-page", fetch_rooms_page)
}
