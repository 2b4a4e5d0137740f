//! How full everything is that has a limit, the fullest first.

use super::now::of_max;
use crate::kit::bar::{Limits, bar};
use crate::kit::format::{fixed, grouped};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::number;
use leptos::prelude::*;
use protocol::server_info::LimitInfo;

/// From where on a limit is near, and from where on it is as good as reached; in percent.
const NEAR: Limits = Limits {
    warning: 80.0,
    critical: 95.0,
};

pub(super) fn limits(all: Vec<LimitInfo>) -> Piece {
    let near = all.iter().filter(|it| percent(it) >= NEAR.warning).count();
    let summary = match near {
        0 => "No limit is near.".to_owned(),
        1 => "1 limit is near or reached.".to_owned(),
        near => [&near.to_string(), " limits are near or reached."].concat(),
    };
    let mut rows = Vec::new();
    for limit in all {
        rows.push(row(limit));
    }
    view! {
        <p class="account-note" data-testid="limits-summary">{summary}</p>
        <ul class="entries">{rows}</ul>
    }
    .into_piece()
}

fn percent(limit: &LimitInfo) -> f64 {
    100.0 * limit.used as f64 / limit.max.max(1) as f64
}

fn row(limit: LimitInfo) -> Piece {
    let share = percent(&limit);
    let used = match limit.unit.as_str() {
        "B" => of_max(limit.used, limit.max),
        _ => [&grouped(limit.used), " of ", &grouped(limit.max)].concat(),
    };
    let used = [&used, " · ", &fixed(share, 1), "\u{a0}%"].concat();
    let setting = limit.setting.map(|setting| {
        view! { " Setting: " <code translate="no">{setting}</code> }
    });
    view! {
        <li class="entry limit" data-testid="limit" data-severity=NEAR.severity(Some(share))>
            <p class="entry-name">{limit.name} <span class="limit-used">{used}</span></p>
            {bar(number(move || Some(share)), NEAR)}
            <p class="entry-facts">{limit.beyond} {setting}</p>
        </li>
    }
    .into_piece()
}
