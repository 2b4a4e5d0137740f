use super::source::Source;
use super::tick::ticking;
use crate::kit::browser::{now_ms, time_in, wall_ahead_ms};
use crate::kit::card::card_titled;
use crate::kit::format::ABSENT;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::kit::text_content::text_content;
use leptos::prelude::*;

/// The time and the date in the zone of the options, or in the viewer's; of the moment that the page shows.
pub(crate) fn clock(source: &Source) -> Piece {
    let context = source.charts.context;
    let ticks = ticking(1_000.0, wall_ahead_ms);
    // The server does not know the viewer's zone.
    let shown = State::new([ABSENT.to_owned(), String::new(), String::new()]);
    let zone = source.options.zone.clone().filter(|zone| !zone.is_empty());
    on_change(move || {
        ticks.track();
        // How the viewer wants times to be written.
        context.clock.track();
        let at_ms = context.playback_state.moment.get();
        let texts = match time_in(zone.as_deref(), at_ms.unwrap_or_else(now_ms)) {
            Some([time, date, short]) => {
                let city = zone.as_deref().and_then(|zone| zone.rsplit('/').next());
                let city = city.unwrap_or_default().replace('_', " ");
                [time, date, [&city, " ", &short].concat()]
            }
            None => {
                let zone = zone.as_deref().unwrap_or_default();
                let why = ["There is no time zone called ", zone, "."].concat();
                [ABSENT.to_owned(), why, String::new()]
            }
        };
        shown.set_if_changed(texts);
    });
    let part = move |place: usize| text_content(live(move || shown.with(|it| it[place].clone())));
    let is_past = live(move || {
        let is_past = context.playback_state.is_shown();
        if is_past { "playback" } else { "live" }.to_owned()
    });
    let content = view! {
        <div class="fit">
            <div class="clock" data-mode=is_past data-testid=[&source.id, "-clock"].concat()>
                <p class="clock-time" {..part(0)}></p>
                <p class="clock-date" {..part(1)}></p>
                <p class="clock-zone" {..part(2)}></p>
            </div>
        </div>
    };
    let title = Signal::stored(source.title.clone());
    let note = crate::kit::card::no_note();
    card_titled(
        &source.id,
        title,
        note,
        ().into_piece(),
        content.into_piece(),
    )
}
