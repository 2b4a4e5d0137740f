//! What is failing, who is slow, and what was rejected.

use crate::kit::browser::date_time;
use crate::kit::format::{grouped, sentence};
use crate::kit::piece::{IntoPiece, Piece};
use leptos::prelude::*;
use protocol::server_info::{CountInfo, FailingInfo, ServerInfo, SlowViewer};

/// What was rejected: requests, messages, and failed sign-ins.
#[derive(Clone, PartialEq)]
pub(super) struct Rejected {
    requests: Vec<CountInfo>,
    messages: Vec<CountInfo>,
    failed_sign_ins: u64,
}

fn note(text: &'static str, test_id: &'static str) -> Piece {
    view! { <p class="account-note" data-testid=test_id>{text}</p> }.into_piece()
}

pub(super) fn failing(all: Vec<FailingInfo>) -> Piece {
    if all.is_empty() {
        return note("Nothing is failing.", "nothing-fails");
    }
    let mut items = Vec::new();
    for failing in all {
        let kind = match failing.kind.as_str() {
            "scrape" => "Scraping",
            "check" => "Check",
            "notification" => "Notification target",
            "task" => "Task of the server",
            _ => "Part",
        };
        let since = failing.since_ms.map(|since_ms| {
            let text = ["since ", &date_time(since_ms as f64)].concat();
            view! { <p class="entry-facts">{text}</p> }
        });
        items.push(view! {
            <li class="entry" data-testid="failing-entry">
                <p class="entry-name">{kind} " " <span translate="no">{failing.name}</span></p>
                <p class="check-error" translate="no">{sentence(&failing.why)}</p>
                {since}
            </li>
        });
    }
    view! { <ul class="entries">{items}</ul> }.into_piece()
}

pub(super) fn slowest(all: Vec<SlowViewer>) -> Piece {
    if all.is_empty() {
        return note("No viewer is behind.", "nobody-is-slow");
    }
    let mut items = Vec::new();
    for viewer in all {
        let behind = [
            &grouped(viewer.behind_messages),
            " messages behind, since ",
            &date_time(viewer.since_ms as f64),
        ];
        let transport = match viewer.transport.as_str() {
            "websocket" => "WebSocket",
            _ => "server-sent events",
        };
        let mut facts = vec![transport.to_owned()];
        facts.extend(viewer.user);
        facts.extend(viewer.address);
        items.push(view! {
            <li class="entry" data-testid="slow-viewer">
                <p class="entry-name" translate="no">{viewer.client_id}</p>
                <p>{behind.concat()}</p>
                <p class="entry-facts" translate="no">{facts.join(" · ")}</p>
            </li>
        });
    }
    view! { <ul class="entries">{items}</ul> }.into_piece()
}

pub(super) fn rejected_of(info: ServerInfo) -> Rejected {
    Rejected {
        requests: info.rejected_requests,
        messages: info.rejected_messages,
        failed_sign_ins: info.failed_sign_ins,
    }
}

pub(super) fn rejected(of: Rejected) -> Piece {
    let mut facts = vec![count("Failed sign-ins", "", of.failed_sign_ins)];
    for (what, counts) in [
        ("Requests", of.requests),
        ("Values and messages", of.messages),
    ] {
        if counts.is_empty() {
            facts.push(count(what, "", 0));
        }
        for it in counts {
            facts.push(count(what, meaning(what, &it.reason), it.count));
        }
    }
    view! { <dl class="facts column">{facts}</dl> }.into_piece()
}

fn count(what: &'static str, why: &'static str, count: u64) -> Piece {
    let term = if why.is_empty() {
        what.to_owned()
    } else {
        [what, ", ", why].concat()
    };
    view! {
        <div class="fact" data-testid="rejected-count">
            <dt class="wraps">{term}</dt>
            <dd translate="no">{grouped(count)}</dd>
        </div>
    }
    .into_piece()
}

/// What a reason of `/metrics` means.
fn meaning(what: &str, reason: &str) -> &'static str {
    match (what, reason) {
        (_, "host") => "for another host name",
        (_, "origin") => "from pages of other sites",
        (_, "proxy") => "through a proxy while login is off",
        (_, "connections") => "too many connections",
        (_, "viewers") => "too many viewers",
        (_, "viewers_per_address") => "too many viewers of an address",
        (_, "stopping") => "while stopping",
        (_, "credentials") => "two credentials, or one in the address",
        (_, "unauthorized") => "not signed in",
        (_, "forbidden") => "not allowed",
        (_, "invalid") => "invalid",
        (_, "too_large") => "too large",
        (_, "rate_limit") => "too many at once",
        (_, "sign_ins") => "after failed sign-ins",
        (_, "timeout") => "too slow to arrive",
        (_, "unavailable") => "store or server busy",
        (_, "entry") => "not accepted",
        (_, "store") => "store unavailable",
        (_, "series") => "too many series",
        _ => "other",
    }
}
