//! What people put on boards: every kind of widget in words, for those who choose one.

mod kinds;

pub(crate) use kinds::{Setting, WIDGET_KINDS, WidgetKind};
