//! The page of checks: what is up and down, and how it has been.
//!
//! As with the page of alerts, the server renders the frame, and the rest is loaded lazily and asks the API.

mod uptime;

use super::account::section;
use super::age::age_text;
use super::alerts::sign_in_note;
use super::frame::frame;
use super::polled::{self, Polled};
use super::{server, sources};
use crate::kit::browser::{date_time, is_public};
use crate::kit::icon::{icon, level_path};
use crate::kit::later::{Build, chunk};
use crate::kit::piece::{IntoPiece, Piece};
use crate::model::{PageKind, Rights};
use leptos::prelude::*;
use protocol::Level;
use protocol::checks::{CheckInfo, CheckList, CheckState};
use std::sync::Arc;
use uptime::Uptimes;

/// The body of this page, or of one of those that are loaded with it.
pub(super) fn checks_page(kind: PageKind, rights: Rights) -> Piece {
    frame(kind, rights, "account checks-page", move |_, _| fetch(kind))
}

// Together with the alerts: a part of its own would cost more.
chunk! {
    alerts:
    fn fetch(kind: PageKind) -> Build {
        match kind {
            PageKind::Server => Arc::new(server::content),
            PageKind::Sources => Arc::new(sources::content),
            _ => Arc::new(content),
        }
    }
}

fn content() -> Piece {
    let checks = Polled::<CheckList>::new("checks");
    let uptimes = Uptimes::new();
    polled::poll(move || checks.reload());
    uptimes.follow();
    let list = checks.show(move |list| {
        if list.checks.is_empty() {
            return none_yet();
        }
        let count = |state| list.checks.iter().filter(|it| it.state == state).count();
        let (down, unknown) = (count(CheckState::Down), count(CheckState::Unknown));
        let summary = summary(down, unknown, list.checks.len());
        let mut items = Vec::new();
        for check in list.checks {
            items.push(item(check, uptimes));
        }
        view! {
            <p class="account-note" data-testid="checks-summary">{summary}</p>
            <ul class="entries">{items}</ul>
        }
        .into_piece()
    });
    let note = match is_public() {
        true => sign_in_note(),
        false => ().into_piece(),
    };
    view! {
        {polled::connection(checks)}
        {note}
        {section("checks", "Targets", list)}
    }
    .into_piece()
}

fn summary(down: usize, unknown: usize, all: usize) -> String {
    let of_all = [" of ", &all.to_string(), " "].concat();
    match (down, unknown) {
        (0, 0) => ["All", &of_all, "up"].concat(),
        (0, unknown) => [&unknown.to_string(), &of_all, "not checked yet"].concat(),
        (down, _) => [&down.to_string(), &of_all, "down"].concat(),
    }
}

fn none_yet() -> Piece {
    const EXAMPLE: &str =
        "[[check]]\nname = \"website\"\nurl = \"https://example.org/health\"\nkeyword = \"ok\"";
    view! {
        <p class="account-note" data-testid="no-checks">
            "No checks yet. Add targets to watchroom.toml and restart Watchroom:"
        </p>
        <pre class="once-text" translate="no" tabindex="0" aria-label="Example">{EXAMPLE}</pre>
    }
    .into_piece()
}

fn item(check: CheckInfo, uptimes: Uptimes) -> Piece {
    let (level, word) = match check.state {
        CheckState::Unknown => (Level::Info, "Not checked yet"),
        CheckState::Up => (Level::Success, "Up"),
        CheckState::Down => (Level::Error, "Down"),
    };
    let error = check.error.clone().map(|error| {
        view! { <p class="check-error" translate="no" data-testid="check-error">{error}</p> }
    });
    let facts = facts(&check);
    let (name, bars) = (
        check.name.clone(),
        uptimes.bars(check.name.clone(), check.host.clone()),
    );
    view! {
        <li class="entry check" data-testid="check" data-state=check.state.name()>
            <p class="entry-name">
                <span class="check-state">{icon(level_path(level))} " " {word}</span>
                " " <span translate="no">{name}</span>
            </p>
            {error}
            <p class="entry-facts" translate="no">{facts}</p>
            {bars}
        </li>
    }
    .into_piece()
}

/// What is known of a check, in one line.
fn facts(check: &CheckInfo) -> String {
    let mut facts = Vec::new();
    // The public does not see it.
    if !check.url.is_empty() {
        facts.push(check.url.clone());
    }
    if let Some(since_ms) = check.since_ms {
        facts.push(["since ", &date_time(since_ms as f64)].concat());
    }
    if let Some(checked_ms) = check.checked_ms {
        facts.push(["checked ", &date_time(checked_ms as f64)].concat());
    }
    if let Some(seconds) = check.seconds {
        facts.push([&((seconds * 1_000.0).round() as u64).to_string(), " ms"].concat());
    }
    if let Some(days) = check.tls_days_left {
        facts.push(["certificate ", &(days as i64).to_string(), " d left"].concat());
    }
    facts.push(["every ", &age_text(check.interval_ms as f64)].concat());
    facts.join(" · ")
}
