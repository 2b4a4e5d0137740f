//! Changes to boards.

use crate::{Item, Selector, Variable, Widget};
use serde::{Deserialize, Serialize};

/// A change to a board. Each is applied to the board as it is when its turn comes, in the order of the log, by the server and
/// by everyone who looks at the board; `boards::apply` says what becomes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::large_enum_variant,
        reason = "few exist at a time, and a widget is what most of them are about"
    )
)]
pub enum BoardOperation {
    /// The board has another title.
    SetTitle {
        /// 1 to 100 characters.
        title: String,
    },
    /// The span of time that it shows at first.
    SetTime {
        /// Such as `5m`; absent for the user's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<String>,
    },
    /// It has these variables.
    SetVariables {
        /// All of them.
        variables: Vec<Variable>,
    },
    /// A section more.
    AddSection {
        /// An identifier that is new on the board.
        section: String,
        /// Its heading.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Before which section it stands, counted from 0; the last, if there are not so many.
        index: u16,
    },
    /// A section has another heading.
    SetSectionTitle {
        /// Its identifier.
        section: String,
        /// Absent for none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// A section stands elsewhere.
    MoveSection {
        /// Its identifier.
        section: String,
        /// Its new place among the sections, counted from 0.
        index: u16,
    },
    /// A section is gone with its widgets. The last one stays.
    RemoveSection {
        /// Its identifier.
        section: String,
    },
    /// A widget more.
    Add {
        /// The section that it is in; the last one, if that is gone.
        section: String,
        /// Where, and its identifier, which is new on the board.
        item: Item,
        /// The widget.
        widget: Widget,
    },
    /// A widget is gone.
    Remove {
        /// Its identifier.
        widget: String,
    },
    /// Widgets are elsewhere, or have another size. Others make room for them, and then all move up as far as they can.
    Place {
        /// The section that they are in afterwards.
        section: String,
        /// The widgets and where they are. Earlier ones are placed first.
        items: Vec<Item>,
    },
    /// A widget is something else in one respect; others stay as they are.
    Set {
        /// Its identifier.
        widget: String,
        /// What of it.
        change: WidgetField,
    },
    /// The text of a widget was edited: what differs between `base` and `text` is changed in the text as it is now, line by
    /// line, so that nobody overwrites what others have written meanwhile.
    SetText {
        /// Its identifier.
        widget: String,
        /// What the author has begun with.
        base: String,
        /// What the author has made of it.
        text: String,
    },
    /// Everything is replaced: an import, or an earlier version.
    Replace {
        /// The new content; id and version stay the board's own.
        board: Box<crate::Board>,
    },
}

/// A member of a widget or of its options, with its new value; absent values are removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "field", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is described where it is a member")]
pub enum WidgetField {
    Kind(String),
    Title(String),
    Series(Vec<Selector>),
    Names(Vec<String>),
    FullNames(Vec<String>),
    Label(Option<String>),
    Unit(Option<String>),
    Decimals(Option<u32>),
    Min(Option<f64>),
    Max(Option<f64>),
    Thresholds(Vec<f64>),
    Unfilled(Option<bool>),
    Stacked(Option<bool>),
    Optional(Option<bool>),
    Style(Option<String>),
    Url(Option<String>),
    Zone(Option<String>),
}
