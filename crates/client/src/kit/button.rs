use super::text::{live, still};
use super::text_content::translatable;
use leptos::prelude::*;

/// What a button is; `pressed` only where it stays down.
pub(crate) struct Button {
    pub(crate) test_id: &'static str,
    pub(crate) title: &'static str,
    /// See [`super::icon`].
    pub(crate) icon: Signal<String>,
    pub(crate) label: Signal<String>,
    pub(crate) pressed: Option<Signal<String>>,
    /// `bare` shows the icon alone, `chip` is small.
    pub(crate) class: &'static str,
}

impl Button {
    /// A button that always looks the same.
    pub(crate) fn plain(
        test_id: &'static str,
        title: &'static str,
        icon: &'static str,
        label: &'static str,
    ) -> Self {
        Self {
            test_id,
            title,
            icon: still(icon),
            label: still(label),
            pressed: None,
            class: "button",
        }
    }

    /// For the head of a card.
    pub(crate) fn small(self) -> Self {
        Self {
            class: "button chip",
            ..self
        }
    }

    /// Its icon alone is seen.
    pub(crate) fn bare(self) -> Self {
        Self {
            class: "button bare",
            ..self
        }
    }
}

/// The value of `aria-pressed`.
pub(crate) fn pressed(is: impl Fn() -> bool + Send + Sync + 'static) -> Option<Signal<String>> {
    Some(live(move || if is() { "true" } else { "false" }.into()))
}

/// One type of handler for every button: each type would be compiled anew.
pub(crate) fn button(button: Button, click: Box<dyn Fn() + Send>) -> impl IntoView {
    let Button {
        test_id,
        title,
        icon,
        label,
        pressed,
        class,
    } = button;
    view! {
        <button
            class=class
            type="button"
            data-testid=test_id
            title=title
            aria-pressed=pressed
            on:click=move |_| click()
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=icon></path>
            </svg>
            <span class="button-label" {..translatable(label)}></span>
        </button>
    }
}
