use super::Lists;
use super::condition::condition_text;
use super::editor::Edited;
use super::firing::tag;
use crate::kit::browser::{date_time, page_url, uri_component};
use crate::kit::form::Submission;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::pages::account::{action, confirmed, loading, problem, said, section, send};
use crate::session::api::{self, Method, body};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Timestamp;
use protocol::alerting::{RuleInfo, RuleOrigin};
use serde::Deserialize;

/// The newest messages of a rule that its history shows.
const HISTORY_REQUEST: &str = "journal?stream=alerts&limit=20&source=";

/// A page of the journal, as far as the history needs it.
#[derive(Clone, Deserialize)]
struct JournalPage {
    messages: Vec<HistoryEntry>,
}

#[derive(Clone, Deserialize)]
struct HistoryEntry {
    timestamp: Timestamp,
    state: String,
    message: String,
}

#[derive(Clone, Copy)]
struct Rows {
    lists: Lists,
    edited: Edited,
    submission: Submission,
    /// The rule whose history is open, and what was loaded.
    open: State<Option<String>>,
    history: State<Option<Result<JournalPage, String>>>,
}

/// Every rule with its state.
pub(super) fn section_of(lists: Lists, edited: Edited) -> Piece {
    let rows = Rows {
        lists,
        edited,
        submission: Submission::new(),
        open: State::new(None),
        history: State::new(None),
    };
    let list = lists.rules.show(move |list| {
        let mut items = Vec::new();
        for rule in list.rules {
            items.push(item(rows, rule));
        }
        let mut errors = Vec::new();
        for error in list.errors {
            errors.push(problem(&error));
        }
        let none = items.is_empty().then(|| {
            view! { <p class="account-note" data-testid="no-rules">"No rules yet. Create one below."</p> }
        });
        view! {
            {errors}
            {none}
            <ul class="entries">{items}</ul>
        }
        .into_piece()
    });
    let content = view! {
        {list}
        {rows.submission.outcome()}
    };
    section("rules", "Rules", content.into_piece())
}

fn item(rows: Rows, info: RuleInfo) -> Piece {
    let rule = info.definition.clone();
    let name = rule.name.clone();
    let is_enabled = rule.enabled;
    let state = if is_enabled { info.state.name() } else { "off" };
    let origin = match (&info.origin, &info.file, &info.by) {
        (RuleOrigin::File, Some(file), _) => ["defined in ", file].concat(),
        (RuleOrigin::Stored, _, Some(by)) => ["changed by ", by].concat(),
        _ => "comes with Watchroom".to_owned(),
    };
    let count = info.series_count.to_string();
    let series = if info.series_count == 1 {
        " series"
    } else {
        " series evaluated"
    };
    let condition = [&rule.series, " ", &condition_text(&rule)].concat();
    let facts = [&origin, " · ", &count, series].concat();
    let refused = (info.series_refused > 0).then(|| {
        let text = [
            &info.series_refused.to_string(),
            " more series match and are not evaluated.",
        ]
        .concat();
        problem(&text)
    });
    let of = name.clone();
    let below = move || match rows.open.with(|open| open.as_deref() == Some(of.as_str())) {
        true => history(rows),
        false => ().into_piece(),
    };
    view! {
        <li class="entry" data-testid="rule" data-state=state>
            <p class="entry-name" translate="no">{name}</p>
            <p class="alert-message" translate="no">{condition}</p>
            <p class="entry-facts">{facts}</p>
            {refused}
            <div class="controls">{tag(state)} {controls(rows, info)}</div>
            {below}
        </li>
    }
    .into_piece()
}

fn controls(rows: Rows, info: RuleInfo) -> Piece {
    let rule = info.definition;
    let name = rule.name.clone();
    let of = name.clone();
    let show = move || rows.toggle_history(&of);
    let mut pieces = vec![action("rule-history", "History", &name, Box::new(show))];
    if info.origin == RuleOrigin::File {
        return pieces.into_piece();
    }
    let of = rule.clone();
    let edit = move || rows.edited.edit(&of);
    pieces.push(action("rule-edit", "Edit", &name, Box::new(edit)));
    let (label, done) = match rule.enabled {
        true => ("Turn off", "The rule is off."),
        false => ("Turn on", "The rule is on."),
    };
    let mut switched = rule;
    switched.enabled = !switched.enabled;
    let path = ["rules/", &uri_component(&name)].concat();
    let to = path.clone();
    let switch = move || {
        let (path, request) = (to.clone(), body(&switched));
        rows.submission.run(Box::pin(async move {
            send(Method::PUT, &path, request).await?;
            rows.lists.reload().await;
            Ok(done.to_owned())
        }));
    };
    pieces.push(action("rule-switch", label, &name, Box::new(switch)));
    if info.origin == RuleOrigin::Stored {
        let remove = move || {
            let path = path.clone();
            rows.submission.run(Box::pin(async move {
                send(Method::DELETE, &path, None).await?;
                rows.lists.reload().await;
                Ok("The rule is removed.".to_owned())
            }));
        };
        let question = "Remove it? Its alerts resolve.";
        let key = uri_component(&name);
        pieces.push(confirmed(
            "rule-remove",
            &key,
            "Remove",
            &name,
            question,
            Box::new(remove),
        ));
    }
    pieces.into_piece()
}

impl Rows {
    fn toggle_history(self, name: &str) {
        let is_open = self
            .open
            .with_untracked(|open| open.as_deref() == Some(name));
        if is_open {
            self.open.set(None);
            return;
        }
        self.history.set(None);
        self.open.set(Some(name.to_owned()));
        let request = [HISTORY_REQUEST, &uri_component(name)].concat();
        spawn_local(async move {
            let page = match api::get(&request).await {
                Ok(response) => api::read::<JournalPage>(&response),
                Err(refusal) => Err(refusal),
            };
            self.history.set(Some(page.map_err(said)));
        });
    }
}

/// What a rule has found, the newest first, each with a link to its moment.
fn history(rows: Rows) -> Piece {
    let view = move || match rows.history.get() {
        None => loading(),
        Some(Err(why)) => problem(&why),
        Some(Ok(page)) if page.messages.is_empty() => {
            view! { <p class="account-note">"It has not fired yet."</p> }.into_piece()
        }
        Some(Ok(page)) => {
            let mut items = Vec::new();
            for entry in page.messages {
                let at_ms = entry.timestamp.unix_ms() as f64;
                let link = ["/?at=", &uri_component(&entry.timestamp.to_string())].concat();
                let text = [" ", &entry.state, ": ", &entry.message].concat();
                items.push(view! {
                    <li>
                        <a href=page_url(&link)>{date_time(at_ms)}</a>
                        <span translate="no">{text}</span>
                    </li>
                });
            }
            view! { <ul class="alert-history" data-testid="rule-history-list">{items}</ul> }
                .into_piece()
        }
    };
    view.into_piece()
}
