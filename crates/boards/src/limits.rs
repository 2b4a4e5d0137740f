/// Widgets on a board.
pub const WIDGETS_MAX: usize = 100;

/// Sections of a board.
pub const SECTIONS_MAX: usize = 20;

/// A board's JSON, in bytes. Whoever has a writer of JSON checks it.
pub const BOARD_BYTES_MAX: usize = 256 << 10;

/// Boards of a server, those in the trash included.
pub const BOARDS_MAX: usize = 500;

/// Operations that are applied together.
pub const OPERATIONS_MAX: usize = 20;

/// The text of a widget.
pub const TEXT_BYTES_MAX: usize = 16 << 10;

/// Titles of boards, sections and widgets, and names and other short options, in characters.
pub(crate) const TITLE_CHARS_MAX: usize = 100;

/// Identifiers of widgets and sections.
pub(crate) const ID_BYTES_MAX: usize = 40;

/// Selectors of a widget; as many names.
pub(crate) const SERIES_MAX: usize = 20;

/// Thresholds of a widget.
pub(crate) const THRESHOLDS_MAX: usize = 8;

/// Variables of a board.
pub(crate) const VARIABLES_MAX: usize = 10;

/// An address.
pub(crate) const URL_BYTES_MAX: usize = 2_048;
