use crate::kit::browser::{self, hand_focus};
use crate::kit::button::{Button, button};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::widgets::chart::{Charts, TOOLS};
use chart::Window;
use leptos::html::Input;
use leptos::prelude::*;
use protocol::Level;
use web_sys::KeyboardEvent;

/// The choice of any time range.
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
                hand_focus(TOOLS);
                open.set(false);
            }
            _ => {
                let text = "\"From\" must be earlier than \"To\"";
                toasts.show(Level::Warning, text.into(), browser::monotonic_ms());
            }
        }
    };
    let first = NodeRef::<Input>::new();
    on_change(move || {
        if let Some(first) = first.get() {
            // What cannot be focused stays unfocused.
            let _ = first.focus();
        }
    });
    let field =
        |test_id: &'static str, label: &'static str, text: State<String>, place: NodeRef<Input>| {
            view! {
                <label class="range-field">
                    {label}
                    <input
                        class="field"
                        node_ref=place
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
            hand_focus(TOOLS);
            open.set(false);
        }
    };
    let go = Button::plain("range-show", "Show this time range", "", "Apply");
    view! {
        <section class="card range" data-testid="range" aria-label="Time range" on:keydown=close>
            {field("range-from", "From", from, first)}
            {field("range-to", "To", to, NodeRef::new())}
            {button(go, Box::new(show))}
        </section>
    }
}
