use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::kit::{browser, format};
use leptos::prelude::*;
use protocol::Timestamp;

/// The time of day: in UTC as the server writes it, then in the browser's zone.
pub(super) fn text(local_times: State<bool>, at: Timestamp) -> String {
    if local_times.get() {
        format::time_of_day(at, browser::offset_minutes(at))
    } else {
        format!("{} UTC", format::time_of_day(at, 0))
    }
}

pub(super) fn clock_time(local_times: State<bool>, at: Timestamp) -> impl IntoView {
    let text = live(move || text(local_times, at));
    view! { <time datetime=at.to_string() {..text_content(text)}></time> }
}
