use super::fact::fact;
use crate::connection::Statistics;
use crate::format;
use crate::store::View;
use leptos::prelude::*;

/// How the connection has fared, at the page's foot.
pub(crate) fn statistics(view: View) -> impl IntoView {
    let row = |term: &'static str, text: fn(&Statistics) -> String| {
        let text = Signal::derive(move || view.statistics.with(text));
        fact(term, None, text)
    };
    view! {
        <footer class="footer">
            <h2 class="visually-hidden">"Connection"</h2>
            <dl class="facts">
                {row("Messages", |s| format::grouped(s.messages))}
                {row("Received", |s| format::bytes(s.bytes as f64).joined())}
                {row("Round trip", round_trip)}
                {row("Reconnects", |s| format::grouped(s.reconnects))} {row("Gaps", gaps)}
            </dl>
        </footer>
    }
}

fn round_trip(statistics: &Statistics) -> String {
    match statistics.round_trip_ms {
        Some(ms) => format!("{} ms", format::fixed(ms, 0)),
        None => format::ABSENT.into(),
    }
}

fn gaps(statistics: &Statistics) -> String {
    match statistics.last_gap {
        None => "0".into(),
        Some(missed) => format!(
            "{}, last in {} between {} and {}",
            format::grouped(statistics.gaps),
            missed.stream.name(),
            missed.after,
            missed.before
        ),
    }
}
