use leptos::prelude::document;
use std::sync::atomic::{AtomicBool, Ordering};
use web_sys::CssStyleSheet;

/// The rules of a part: nothing of the first view needs them, so they are loaded with the part.
pub(crate) struct StyleSheet {
    css: &'static [&'static str],
    is_added: AtomicBool,
}

impl StyleSheet {
    pub(crate) const fn new(css: &'static [&'static str]) -> Self {
        Self {
            css,
            is_added: AtomicBool::new(false),
        }
    }

    /// Adds the rules to those of the page, as the content security policy allows scripts to; once, however often it is
    /// called.
    pub(crate) fn add(&self) {
        if self.is_added.swap(true, Ordering::Relaxed) {
            return;
        }
        // A browser that cannot do it shows the part without its own rules.
        if let Ok(sheet) = CssStyleSheet::new()
            && sheet.replace_sync(&self.css.concat()).is_ok()
        {
            document().adopted_style_sheets().push(&sheet);
        }
    }
}
