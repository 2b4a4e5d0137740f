use leptos::prelude::document;
use web_sys::CssStyleSheet;

/// Adds the rules of a part to those of the page, as the content security policy allows scripts to.
pub(crate) fn add_style_sheet(css: &str) {
    // A browser that cannot do it shows the part without its own rules.
    if let Ok(sheet) = CssStyleSheet::new()
        && sheet.replace_sync(css).is_ok()
    {
        document().adopted_style_sheets().push(&sheet);
    }
}
