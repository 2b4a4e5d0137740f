//! What people put on boards: every kind of widget in words, for those who choose one, and the kinds that the
//! board of a host does not have. All of it is loaded when the browser is idle, with its style sheets.
//!
//! A widget is made from a [`Source`]: its series, read in `source`, and its options. `figure` writes values.

mod kinds;

mod figure;
mod source;
mod steady;
mod style;
mod tick;

mod bars;
mod clock;
mod gauge;
mod heatmap;
mod hosts;
mod image;
mod table;
mod text;
mod value;

pub(crate) use bars::bars;
pub(crate) use clock::clock;
pub(crate) use gauge::gauge;
pub(crate) use heatmap::heatmap;
pub(crate) use hosts::{Fleet, hosts};
pub(crate) use image::image;
pub(crate) use kinds::{Setting, WIDGET_KINDS, WidgetKind};
pub(crate) use source::Source;
#[cfg(all(feature = "ssr", debug_assertions))]
pub(crate) use style::STYLES;
pub(crate) use style::add_styles;
pub(crate) use table::table;
pub(crate) use text::text;
pub(crate) use value::value;
