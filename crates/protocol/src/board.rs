//! Boards: documents that define the content of a page.

use crate::Selector;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// A board: widgets and, separately, their layout. Unknown members are ignored, and empty ones are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// Identifies the board.
    #[serde(default)]
    pub id: String,
    /// Its displayed name.
    #[serde(default)]
    pub title: String,
    /// Grows with each change: the `seq` of the newest.
    #[serde(default)]
    pub version: u64,
    /// The span of time that it shows at first, such as `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What the matchers of its selectors may refer to as `$name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// Widgets by their identifiers, which are unique on the board and consist of letters, digits and `-`.
    #[serde(default)]
    pub widgets: Widgets,
    /// From top to bottom.
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// No board has so many widgets; what has more is not read, since each is looked up among the others.
const WIDGETS_READ_MAX: usize = 200;

/// Widgets by their identifiers, in the order of the document. Not a standard map, each type of which would
/// add kilobytes to the browser's load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Widgets(Vec<(String, Widget)>);

impl Widgets {
    /// The widget of an identifier.
    pub fn get(&self, id: &str) -> Option<&Widget> {
        let entry = self.0.iter().find(|(known, _)| known == id);
        entry.map(|(_, widget)| widget)
    }

    /// Inserts a widget, or replaces the one with the same identifier.
    pub fn insert(&mut self, id: String, widget: Widget) {
        match self.0.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = widget,
            None => self.0.push((id, widget)),
        }
    }

    /// The widget of an identifier, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Widget> {
        let entry = self.0.iter_mut().find(|(known, _)| known == id);
        entry.map(|(_, widget)| widget)
    }

    /// Removes a widget, and returns it.
    pub fn remove(&mut self, id: &str) -> Option<Widget> {
        let place = self.0.iter().position(|(known, _)| known == id)?;
        Some(self.0.remove(place).1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        struct WidgetsVisitor;

        impl<'de> Visitor<'de> for WidgetsVisitor {
            type Value = Widgets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("widgets by their identifiers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Widgets, A::Error> {
                let mut widgets = Widgets::default();
                while let Some((id, widget)) = map.next_entry()? {
                    if widgets.len() >= WIDGETS_READ_MAX {
                        return Err(A::Error::custom("there are too many widgets"));
                    }
                    widgets.insert(id, widget);
                }
                Ok(widgets)
            }
        }

        deserializer.deserialize_map(WidgetsVisitor)
    }
}

/// A widget.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Widget {
    /// Such as `chart` or `feed`. A page shows an error in place of a widget of an unknown kind.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Selectors of its series, in the order that its kind requires. The matcher value `$host` is replaced by
    /// the page's host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Selector>,
    /// Display options.
    #[serde(default, skip_serializing_if = "WidgetOptions::is_default")]
    pub options: WidgetOptions,
}

/// Display options of a widget. Each kind uses some of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WidgetOptions {
    /// The display name of each selector's series; after a `$`, the label that has the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Their display names beside series of other widgets, if different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub full_names: Vec<String>,
    /// The label that distinguishes the series of a selector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The unit of the values, unless the series have one of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How many decimals values have; by default as many as each needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
    /// The lowest value of the axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Values marked with a line, ascending: from the last one on a value is critical, from the others on it is a
    /// warning. Bars are coloured by the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<f64>,
    /// Lines without areas below them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfilled: Option<bool>,
    /// Lines are stacked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacked: Option<bool>,
    /// Hidden while it has no data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
    /// How a chart draws: `line`, which is the default, or `bars`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// What a `text` shows, in light Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The address of an `image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The IANA time zone of a `clock`; without one, the browser's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl WidgetOptions {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Something that matchers refer to, and that viewers choose.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Variable {
    /// Letters, digits and `_`. `host` is the page's host unless it is defined here.
    pub name: String,
    /// The name that it is displayed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The label whose values are offered, among the series of `metric`; without one, any text may be typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only values that series of this name have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Its value at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A group of widgets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Identifies it on the board; a built-in board's have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How they are arranged.
    pub layout: Layout,
    /// Its name in the style sheet, if it has its own place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of a grid, in any order; otherwise in reading order.
    #[serde(default)]
    pub items: Vec<Item>,
}

/// How widgets are arranged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// At fixed positions.
    Grid,
    /// In reading order, as space permits.
    #[default]
    Auto,
}

/// A placed widget. A grid has 12 columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Item {
    /// The widget's identifier.
    pub widget: String,
    /// Its first column, from 0 on.
    #[serde(default)]
    pub x: u16,
    /// Its first row, from 0 on.
    #[serde(default)]
    pub y: u16,
    /// How many columns it is wide. Where widgets are arranged in reading order, it has no meaning, like the others.
    #[serde(default)]
    pub w: u16,
    /// How many rows it is high.
    #[serde(default)]
    pub h: u16,
}
