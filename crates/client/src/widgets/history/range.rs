use super::TIME;
use crate::kit::browser::{self, hand_focus, on_window_event};
use crate::kit::button::{Button, button, pressed};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::widgets::chart::Charts;
use chart::Window;
use leptos::html::Section;
use leptos::prelude::*;
use protocol::Level;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// The choice of a time range: the newest samples, or any two moments.
pub(super) fn range(charts: Charts, open: State<bool>) -> impl IntoView {
    let toasts = charts.context.toasts;
    let seen = charts.described_window_untracked();
    let text = |at_ms: Option<f64>| at_ms.map_or(String::new(), browser::local_input);
    let from = State::new(text(seen.map(|seen| seen.from_ms())));
    let to = State::new(text(seen.map(|seen| seen.to_ms())));
    let show = move || {
        let read = |text: State<String>| browser::read_local_input(&text.get_untracked());
        match read(from).zip(read(to)) {
            Some((from_ms, to_ms)) if from_ms < to_ms => {
                charts.show(Window::new(from_ms, to_ms));
                shut(open);
            }
            _ => {
                let text = "\"From\" must be earlier than \"To\"";
                toasts.show(Level::Warning, text.into(), browser::monotonic_ms());
            }
        }
    };
    let panel = NodeRef::<Section>::new();
    on_change(move || {
        let chosen =
            |panel: &HtmlElement| panel.query_selector("[aria-pressed=true], button").ok()?;
        if let Some(chosen) = panel.get().and_then(|panel| chosen(&panel)) {
            // What cannot be focused stays unfocused.
            let _ = chosen.unchecked_into::<HtmlElement>().focus();
        }
    });
    on_window_event("pointerdown", move |event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let is_beside = |target: &Element| matches!(target.closest(".time-choice"), Ok(None));
        if target.as_ref().is_some_and(is_beside) {
            open.set(false);
        }
    });
    let mut spans: Vec<Piece> = Vec::new();
    for (name, title, span_ms) in charts.spans() {
        let what = Button {
            pressed: pressed(move || charts.is_span(*span_ms)),
            ..Button::plain("chart-span", title, "", name).small()
        };
        let choose = move || {
            charts.show_span(*span_ms);
            shut(open);
        };
        spans.push(button(what, Box::new(choose)).into_piece());
    }
    let field = |test_id: &'static str, label: &'static str, text: State<String>| {
        view! {
            <label class="range-field">
                {label}
                <input
                    class="field"
                    data-testid=test_id
                    type="datetime-local"
                    step="1"
                    prop:value=live(move || text.get())
                    on:input=move |event| text.set(event_target_value(&event))
                />
            </label>
        }
    };
    // Keys that are typed into a field are not those of the page.
    let close = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            shut(open);
        }
    };
    let go = Button::plain("range-show", "Show this time range", "", "Apply");
    let moments = view! {
        <div class="range">
            {field("range-from", "From", from)}
            {field("range-to", "To", to)}
            {button(go, Box::new(show))}
        </div>
    };
    let moments = charts.context.playback.has_store().then_some(moments);
    view! {
        <section
            class="card time-panel"
            role="dialog"
            data-testid="range"
            aria-label="Time range"
            tabindex="-1"
            node_ref=panel
            on:keydown=close
        >
            <div class="controls chips" role="group" aria-label="The last">{spans}</div>
            {moments}
        </section>
    }
}

/// Closes it, and puts the focus where it was opened.
fn shut(open: State<bool>) {
    hand_focus(TIME);
    open.set(false);
}
