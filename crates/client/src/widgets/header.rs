use super::badge::badge;
use super::icon::{self, icon};
use crate::browser::{Theme, set_theme, theme};
use crate::format;
use crate::store::{Part, View};
use leptos::prelude::*;

pub(crate) fn header(view: View, host: String) -> AnyView {
    view! {
        <header class="header">
            <p class="brand">
                <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                    <rect class="brand-tile" width="24" height="24" rx="6"></rect>
                    <path class="brand-pulse" d="M4 13h4l2.5-7 4 12 2.5-5h3"></path>
                </svg>
                <span class="brand-name">"Watchroom"</span>
            </p>
            <h1 class="host">{host}</h1>
            {badge(view)}
            {viewers(view)}
            {theme_switch()}
        </header>
    }
    .into_any()
}

fn viewers(view: View) -> AnyView {
    let count = move || view.read(Part::Server, |knowledge| knowledge.server.viewers);
    view! {
        <p class="viewers" title="Viewers connected now">
            {icon(icon::VIEWERS)} <span class="slot" data-testid="client-count">
                {move || format::grouped(count())}
            </span> <span class="visually-hidden">" viewers"</span>
        </p>
    }
    .into_any()
}

fn theme_switch() -> AnyView {
    let shown = RwSignal::new(Theme::System);
    Effect::new(move || shown.set(theme()));
    let switch = move |_| {
        let next = shown.get_untracked().next();
        set_theme(next);
        shown.set(next);
    };
    view! {
        <button
            class="button"
            type="button"
            data-testid="theme"
            title="Change the theme"
            aria-label=move || format!("Theme: {}", shown.get().name())
            on:click=switch
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=move || shape(shown.get())></path>
            </svg>
            <span class="theme-name">{move || shown.get().name()}</span>
        </button>
    }
    .into_any()
}

/// A half moon for dark, a sun for light, half of each for the system's choice.
fn shape(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "M8 2a6 6 0 1 0 0 12ZM8 2a6 6 0 0 1 0 12",
        Theme::Light => {
            "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1"
        }
        Theme::Dark => "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z",
    }
}
