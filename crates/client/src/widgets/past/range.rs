use crate::kit::browser::{self, hand_focus};
use crate::kit::button::{Button, button};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::widgets::chart::{Charts, TOOLS};
use chart::Window;
use leptos::prelude::*;
use protocol::Level;

/// The choice of any stretch of time.
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
                let text = "A stretch of time begins before it ends: enter two moments";
                toasts.show(Level::Warning, text.into(), browser::monotonic_ms());
            }
        }
    };
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
    let go = Button::plain("range-show", "Show this stretch of time", "", "Show");
    view! {
        <section class="card range" data-testid="range" aria-label="Stretch of time">
            {field("range-from", "From", from)}
            {field("range-to", "To", to)}
            {button(go, Box::new(show))}
        </section>
    }
}
