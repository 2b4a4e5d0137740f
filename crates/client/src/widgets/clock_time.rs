use crate::browser;
use crate::format;
use crate::store::View;
use crate::text::live;
use crate::text_content::text_content;
use leptos::prelude::*;
use protocol::Timestamp;

/// The time of day: in UTC as the server writes it, then in the browser's zone.
pub(super) fn text(view: View, at: Timestamp) -> String {
    if view.local_times.get() {
        format::time_of_day(at, browser::offset_minutes(at))
    } else {
        format!("{} UTC", format::time_of_day(at, 0))
    }
}

pub(super) fn clock_time(view: View, at: Timestamp) -> impl IntoView {
    let text = live(move || text(view, at));
    view! { <time datetime=at.to_string() {..text_content(text)}></time> }
}
