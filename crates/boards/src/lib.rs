//! Changes to boards: what an operation makes of a board, what takes it back, and where widgets are.
//!
//! Everything here is a pure function of the board and the operation, used by the server and by browsers alike, so that all
//! who apply the same operations in the same order have the same board. Nothing here knows who may change a board, and
//! nothing is stored.
//!
//! Start reading with [`apply`].

mod apply;
mod check;
mod inverse;
mod layout;
mod limits;
mod merge;

pub use apply::{OperationError, apply};
pub use check::check_board;
pub use inverse::inverse;
pub use layout::{COLUMNS, ROWS_MAX, derived, free_place, place};
pub use limits::{
    BOARD_BYTES_MAX, BOARDS_MAX, OPERATIONS_MAX, SECTIONS_MAX, TEXT_BYTES_MAX, WIDGETS_MAX,
};
pub use merge::merge;
