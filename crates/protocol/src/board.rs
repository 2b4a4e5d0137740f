//! What a page shows, as a document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A board: widgets, and apart from them where each stands. Fields that a reader does not know are ignored,
/// and what is empty is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// Tells it apart from other boards.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Grows with each change.
    pub version: u64,
    /// By their identifiers, which are unique on the board and consist of letters, digits and `-`.
    #[serde(default)]
    pub widgets: BTreeMap<String, Widget>,
    /// From top to bottom.
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// One widget, wherever it stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Widget {
    /// Such as `chart` or `feed`. A page that does not know it says so in its place.
    pub kind: String,
    /// What stands above it.
    pub title: String,
    /// Selectors of the series that it shows, in the order that its kind asks for. The value `$host` of a
    /// matcher stands for the host that the page shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<String>,
    /// How it shows them.
    #[serde(default, skip_serializing_if = "WidgetOptions::is_default")]
    pub options: WidgetOptions,
}

/// How a widget shows its series. Each kind takes its own of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WidgetOptions {
    /// What each selector's series are called; after a `$`, the label whose value they are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What they are called beside series of other widgets, if not by these names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub full_names: Vec<String>,
    /// The label that tells the series of a selector apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The unit of the values, unless the series have one of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The lowest value of the axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Values that are marked with a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<f64>,
    /// Lines without areas below them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfilled: Option<bool>,
    /// Lines are added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacked: Option<bool>,
    /// Not on the page while there is nothing to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
}

impl WidgetOptions {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Some widgets that stand together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// How they are arranged.
    pub layout: Layout,
    /// What the style sheet calls it, if its widgets have a place of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// In reading order.
    #[serde(default)]
    pub items: Vec<Item>,
}

/// How widgets are arranged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Each where it is put.
    Grid,
    /// One after the other, as there is room.
    #[default]
    Auto,
}

/// A widget's place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The widget's identifier.
    pub widget: String,
}
