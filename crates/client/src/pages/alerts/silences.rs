use super::Lists;
use super::condition::optional_field;
use super::repeat::{Repeated, repeat_text};
use crate::kit::browser::{date_time, focus_test_id, now_ms};
use crate::kit::form::{Submission, Work, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::pages::account::{action, focus_soon, section, send};
use crate::session::api::{Method, body};
use leptos::prelude::*;
use protocol::alerting::{NewSilence, Silence};

/// The silences that have not ended, all maintenance windows, and a form for one.
pub(super) fn section_of(lists: Lists) -> Piece {
    let submission = Submission::new();
    let list = lists.silences.show(move |list| {
        if list.silences.is_empty() {
            return view! {
                <p class="account-note" data-testid="no-silences">
                    "No silences and no maintenance windows. An active alert has a button for one."
                </p>
            }
            .into_piece();
        }
        let mut items = Vec::new();
        for silence in list.silences {
            items.push(item(lists, submission, silence));
        }
        view! { <ul class="entries">{items}</ul> }.into_piece()
    });
    let content = view! {
        {list}
        {submission.outcome()}
        {new_maintenance(lists, submission)}
    };
    section("silences", "Silences and maintenance", content.into_piece())
}

fn item(lists: Lists, submission: Submission, silence: Silence) -> Piece {
    let why = if silence.why.is_empty() {
        String::new()
    } else {
        [": ", &silence.why].concat()
    };
    let times = match &silence.repeat {
        Some(repeat) => repeat_text(repeat, &silence, now_ms() as i64),
        None => ["Until ", &date_time(silence.ends_ms as f64)].concat(),
    };
    let by = match silence.file {
        Some(_) => ", defined in ",
        None => ", by ",
    };
    let facts = [&times, by, &silence.by, &why].concat();
    let name = match (silence.rule, silence.series) {
        (Some(rule), Some(series)) => [&rule, " of ", &series].concat(),
        (rule, series) => rule.or(series).unwrap_or_default(),
    };
    let (label, done) = match silence.repeat {
        Some(_) => ("Remove", "The maintenance window is removed."),
        None => ("End", "The silence has ended."),
    };
    let path = ["silences/", &silence.id].concat();
    let end = move || {
        let path = path.clone();
        submission.run(Box::pin(async move {
            send(Method::DELETE, &path, None).await?;
            lists.reload().await;
            Ok(done.to_owned())
        }));
    };
    let button = match silence.file {
        Some(_) => ().into_piece(),
        None => action("silence-end", label, &name, Box::new(end)),
    };
    view! {
        <li class="entry" data-testid="silence">
            <p class="entry-name" translate="no">{name}</p>
            <p class="entry-facts">{facts}</p>
            <div class="controls">{button}</div>
        </li>
    }
    .into_piece()
}

/// A button, and the form that it shows.
fn new_maintenance(lists: Lists, outcome: Submission) -> Piece {
    let is_open = State::new(false);
    let toggle = move |_| {
        is_open.set(!is_open.get_untracked());
        if is_open.get_untracked() {
            focus_soon("maintenance-series".to_owned());
        }
    };
    let shown = move || match is_open.get() {
        true => maintenance_form(lists, is_open, outcome),
        false => ().into_piece(),
    };
    view! {
        <div class="controls">
            <button
                class="button chip"
                type="button"
                data-testid="maintenance-new"
                aria-expanded=live(move || is_open.get().to_string())
                on:click=toggle
            >
                "New maintenance window"
            </button>
        </div>
        {shown.into_piece()}
    }
    .into_piece()
}

fn maintenance_form(lists: Lists, is_open: State<bool>, outcome: Submission) -> Piece {
    let text = || State::new(String::new());
    let (rule, series, why) = (text(), text(), text());
    let repeated = Repeated::new();
    let fields = vec![
        optional_field(
            "maintenance-series",
            "Series",
            "A selector of what is maintained, such as {host=\"web-1\"} or check_up{check=\"website\"}.",
            series,
        ),
        optional_field(
            "maintenance-rule",
            "Rule",
            "The name of a rule. Empty: all rules about these series.",
            rule,
        ),
        optional_field(
            "maintenance-why",
            "Reason",
            "May be empty. Users see it, and the status page shows it for public checks.",
            why,
        ),
        repeated.fields("maintenance", when(|| false)),
    ];
    let work = move || -> Work {
        let some = |state: State<String>| {
            let text = state.get_untracked().trim().to_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let (rule_name, selector) = (some(rule), some(series));
        let reason = why.get_untracked();
        Box::pin(async move {
            let (repeat, lasts) = repeated.entered()?;
            let request = NewSilence {
                rule: rule_name,
                series: selector,
                starts_ms: None,
                lasts,
                repeat: Some(repeat),
                why: reason,
            };
            send(Method::POST, "silences", body(&request)).await?;
            is_open.set(false);
            focus_test_id("maintenance-new");
            outcome.say("The maintenance window is added.");
            lists.reload().await;
            Ok(String::new())
        })
    };
    form(
        "maintenance-form",
        fields,
        Submission::new(),
        "Add maintenance window",
        Box::new(work),
    )
}
