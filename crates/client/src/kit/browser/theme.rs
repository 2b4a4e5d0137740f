use super::preferences::remember;
use leptos::prelude::{StoredValue, document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Where the choice is remembered; the script in the page's head reads it before the first paint.
pub(crate) const THEME_KEY: &str = "watchroom-theme";

/// The attribute of the root element that the style sheet goes by.
const THEME_ATTRIBUTE: &str = "data-theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Whatever the system prefers.
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// Calls when the system changes its mind, until the current owner is cleaned up.
pub(crate) fn on_system_theme(call: impl Fn() + 'static) {
    let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") else {
        return;
    };
    let call = Closure::<dyn Fn()>::new(call);
    query.set_onchange(Some(call.as_ref().unchecked_ref()));
    StoredValue::new_local((query, call));
}

/// Calls while the page has the light theme, which the browser does not paint.
pub(crate) fn in_light_theme(act: impl FnOnce()) {
    let root = document().document_element();
    let before = root
        .as_ref()
        .and_then(|root| root.get_attribute(THEME_ATTRIBUTE));
    let set = |name: &str| {
        if let Some(root) = &root {
            // Any attribute with a name like this can be set.
            let _ = root.set_attribute(THEME_ATTRIBUTE, name);
        }
    };
    set(Theme::Light.name());
    act();
    set(before.as_deref().unwrap_or(Theme::System.name()));
}

/// The theme that the page has.
pub(crate) fn theme() -> Theme {
    let root = document().document_element();
    let name = root.and_then(|root| root.get_attribute(THEME_ATTRIBUTE));
    match name.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Sets the page's theme and stores it, where the browser allows that.
pub(crate) fn set_theme(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(THEME_ATTRIBUTE, theme.name());
    }
    remember(THEME_KEY, theme.name());
}
