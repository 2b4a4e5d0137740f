use crate::kit::browser::{date_time, page_url};
use crate::kit::format::{grouped, sentence};
use crate::kit::icon::{icon, level_path};
use crate::kit::piece::{IntoPiece, Piece};
use crate::model::PageKind;
use crate::pages::age::age_text;
use leptos::prelude::*;
use protocol::Level;
use protocol::checks::CheckState;
use protocol::source_info::{ScrapeInfo, SourceList};

/// What the server scrapes, and where its checks are.
pub(super) fn targets(list: &SourceList) -> Piece {
    let checks = match (list.checks, list.checks_down) {
        (0, _) => "No checks. ".to_owned(),
        (checks, 0) => [&grouped(checks), " checks, none of them down. "].concat(),
        (checks, down) => [
            &grouped(checks),
            " checks, ",
            &grouped(down),
            " of them down. ",
        ]
        .concat(),
    };
    let targets = match list.targets.is_empty() {
        true => view! {
            <p class="account-note" data-testid="no-targets">
                "Nothing is scraped. Targets are " <code translate="no">"[[scrape]]"</code>
                " in the configuration."
            </p>
        }
        .into_piece(),
        false => {
            let mut items = Vec::new();
            for target in &list.targets {
                items.push(item(target, list.now_ms));
            }
            view! { <ul class="entries">{items}</ul> }.into_piece()
        }
    };
    view! {
        {targets}
        <p class="account-note">
            {checks} <a href=page_url(PageKind::Checks.path())>"Checks"</a>
        </p>
    }
    .into_piece()
}

fn item(target: &ScrapeInfo, now_ms: i64) -> Piece {
    let (level, word) = match target.state {
        CheckState::Unknown => (Level::Info, "Not scraped yet"),
        CheckState::Up => (Level::Success, "Up"),
        CheckState::Down => (Level::Error, "Down"),
    };
    let problem = |text: &Option<String>, test_id| {
        let text = text.as_deref().map(sentence);
        text.map(|text| {
            view! { <p class="check-error" translate="no" data-testid=test_id>{text}</p> }
        })
    };
    view! {
        <li class="entry check" data-testid="target" data-state=target.state.name()>
            <p class="entry-name">
                <span class="check-state">{icon(level_path(level))} " " {word}</span>
                " " <span translate="no">{target.url.clone()}</span>
            </p>
            {problem(&target.error, "target-error")}
            <p class="entry-facts" translate="no">{facts(target, now_ms)}</p>
            {problem(&target.rejected, "target-rejected")}
        </li>
    }
    .into_piece()
}

fn facts(target: &ScrapeInfo, now_ms: i64) -> String {
    let mut facts = vec![["job ", &target.job].concat()];
    if !target.host.is_empty() {
        facts.push(["host ", &target.host].concat());
    }
    if target.is_document {
        facts.push("JSON document".to_owned());
    }
    if let Some(since_ms) = target.since_ms {
        facts.push(["since ", &date_time(since_ms as f64)].concat());
    }
    if let Some(at_ms) = target.scraped_ms {
        let ago = age_text(now_ms.saturating_sub(at_ms) as f64);
        facts.push(["scraped ", &ago, " ago"].concat());
    }
    if let Some(seconds) = target.seconds {
        facts.push([&((seconds * 1_000.0).round() as u64).to_string(), " ms"].concat());
    }
    facts.push([&grouped(target.samples), " samples"].concat());
    facts.push([&grouped(target.series), " series"].concat());
    if target.rejected_count > 0 {
        facts.push([&grouped(target.rejected_count), " rejected"].concat());
    }
    facts.push(["every ", &age_text(target.interval_ms as f64)].concat());
    facts.join(" · ")
}
