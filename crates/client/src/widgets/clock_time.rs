use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::Clock;
use leptos::prelude::*;
use protocol::Timestamp;

/// A time, with the date unless that is today: in UTC as the server writes it, then in the browser's zone.
pub(super) fn text(clock: State<Clock>, at: Timestamp) -> String {
    clock.get().text(at.unix_ms() as f64)
}

pub(super) fn clock_time(clock: State<Clock>, at: Timestamp) -> impl IntoView {
    let text = live(move || text(clock, at));
    view! { <time datetime=at.to_string() {..text_content(text)}></time> }
}
