//! What a page shows, as a document.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Selector;

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
    pub widgets: Widgets,
    /// From top to bottom.
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// Widgets by their identifiers, in the order in which they are written. Not a map of the standard library: of
/// each type of these the browser would load kilobytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Widgets(Vec<(String, Widget)>);

impl Widgets {
    /// The widget of an identifier.
    pub fn get(&self, id: &str) -> Option<&Widget> {
        let entry = self.0.iter().find(|(known, _)| known == id);
        entry.map(|(_, widget)| widget)
    }

    /// Puts a widget there, in the place of one that has the same identifier.
    pub fn insert(&mut self, id: String, widget: Widget) {
        match self.0.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = widget,
            None => self.0.push((id, widget)),
        }
    }

    /// All of them with their identifiers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Widget)> {
        self.0.iter().map(|(id, widget)| (id.as_str(), widget))
    }
}

impl Serialize for Widgets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, widget) in &self.0 {
            map.serialize_entry(id, widget)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Widgets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap;

        impl<'de> Visitor<'de> for OfMap {
            type Value = Widgets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("widgets by their identifiers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Widgets, A::Error> {
                let mut widgets = Widgets::default();
                while let Some((id, widget)) = map.next_entry()? {
                    widgets.insert(id, widget);
                }
                Ok(widgets)
            }
        }

        deserializer.deserialize_map(OfMap)
    }
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
    pub series: Vec<Selector>,
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
