//! The page of sources: who reports to this server, and all series.

use crate::kit::piece::{IntoPiece, Piece};

pub(super) fn content() -> Piece {
    ().into_piece()
}
