//! Series over time as colours. `grid` computes what each cell has, `picture` paints it when samples, the time range or the
//! size change, and `cursor` leads a pointer and keys to a cell.

mod cursor;
mod grid;
mod picture;

use super::figure::written;
use super::source::Source;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::text_content;
use crate::widgets::chart::{Of, Plan};
use chart::Fit;
use cursor::Cursor;
use grid::{ROWS_MAX, SHADES};
use leptos::html::Div;
use leptos::prelude::*;
use picture::Picture;

/// Rows of series, columns of time, and colours of values.
pub(crate) fn heatmap(source: &Source) -> Piece {
    let mut of = Vec::new();
    for handle in source.series.iter() {
        of.push(Of::from(*handle));
    }
    let charts = source.charts;
    let plan = Plan::sparkline(&source.id, of, Fit::FromZero);
    plan.draw(charts.context.shown, charts.context.playback);

    let place = NodeRef::<Div>::new();
    let picture = Picture::new(source);
    on_change(move || {
        if let Some(place) = place.get() {
            picture.mount(place.into());
        }
    });
    let of = source.clone();
    on_change(move || {
        of.read(|_| ());
        picture.follow();
    });

    let of = source.clone();
    let keys = move || {
        of.read(|items| {
            let shown = items.iter().take(ROWS_MAX);
            shown.map(|item| item.key).collect()
        })
    };
    let of = source.clone();
    let name = move |key| {
        let name = of.write(key, |item, source| source.name(item));
        view! { <li class="clip" {..text_content(name)}></li> }.into_piece()
    };
    let of = source.clone();
    let is_all = when(move || of.read(<[_]>::len) <= ROWS_MAX);
    let of = source.clone();
    let more = live(move || {
        let count = of.read(<[_]>::len);
        format!("The first {ROWS_MAX} of {count}")
    });
    let end = |choose: fn((f64, f64)) -> f64| {
        let source = source.clone();
        live(move || {
            let unit = source.read(|items| {
                let first = items.first();
                first.map_or(String::new(), |item| item.unit.clone())
            });
            let ends = picture.ends.get();
            ends.map_or(String::new(), |ends| {
                written(choose(ends), &unit, &source.options)
            })
        })
    };
    let (low, high) = (end(|(low, _)| low), end(|(_, high)| high));
    let time = |choose: fn((f64, f64)) -> f64| {
        live(move || {
            let clock = charts.context.clock.get();
            let times = picture.times.get();
            times.map_or(String::new(), |times| clock.text(choose(times)))
        })
    };
    let (from, to) = (time(|(from, _)| from), time(|(_, to)| to));
    let mut shades: Vec<Piece> = Vec::new();
    for shade in 0..SHADES {
        let class = format!("heat heat-{shade}");
        shades.push(view! { <i class=class></i> }.into_piece());
    }
    let of = source.clone();
    let said = live(move || picture.said(&of));
    let cursor = Cursor { charts, picture };
    let content = view! {
        <div class="heatmap">
            <ul class="heatmap-names">{keyed(keys, name)}</ul>
            <div
                class="heatmap-plot"
                node_ref=place
                tabindex="0"
                role="slider"
                translate="no"
                aria-label=["Cursor of ", &source.title].concat()
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || picture.position().to_string()
                aria-valuetext=said
                data-testid=[&source.id, "-heatmap"].concat()
                on:pointermove=move |event| cursor.pointer(&event)
                on:pointerleave=move |_| cursor.leave()
                on:blur=move |_| cursor.leave()
                on:keydown=move |event| cursor.key(&event)
            ></div>
            <p class="heatmap-times">
                <span {..text_content(from)}></span>
                <span {..text_content(to)}></span>
            </p>
            <p class="heatmap-legend">
                <span {..text_content(low)}></span>
                <span class="heatmap-scale" aria-hidden="true">
                    {shades}
                </span>
                <span {..text_content(high)}></span>
                <span class="heatmap-more" {..text_content(more)} hidden=is_all></span>
            </p>
        </div>
    };
    // The cursor of other charts.
    on_change(move || {
        charts.follow_cursor();
        picture.place();
    });
    source.card(().into_piece(), content.into_piece())
}
