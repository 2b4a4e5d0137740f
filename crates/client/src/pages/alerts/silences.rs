use super::Lists;
use crate::kit::browser::date_time;
use crate::kit::form::Submission;
use crate::kit::piece::{IntoPiece, Piece};
use crate::pages::account::{action, section, send};
use crate::session::api::Method;
use leptos::prelude::*;
use protocol::alerting::Silence;

/// The silences that have not ended.
pub(super) fn section_of(lists: Lists) -> Piece {
    let submission = Submission::new();
    let list = lists.silences.show(move |list| {
        if list.silences.is_empty() {
            return view! {
                <p class="account-note" data-testid="no-silences">
                    "No silences. An active alert has a button for one."
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
    };
    section("silences", "Silences", content.into_piece())
}

fn item(lists: Lists, submission: Submission, silence: Silence) -> Piece {
    let name = match (silence.rule, silence.series) {
        (Some(rule), Some(series)) => [&rule, " of ", &series].concat(),
        (rule, series) => rule.or(series).unwrap_or_default(),
    };
    let why = if silence.why.is_empty() {
        String::new()
    } else {
        [": ", &silence.why].concat()
    };
    let until = date_time(silence.ends_ms as f64);
    let facts = ["Until ", &until, ", by ", &silence.by, &why].concat();
    let path = ["silences/", &silence.id].concat();
    let end = move || {
        let path = path.clone();
        submission.run(Box::pin(async move {
            send(Method::DELETE, &path, None).await?;
            lists.reload().await;
            Ok("The silence has ended.".to_owned())
        }));
    };
    let button = action("silence-end", "End", &name, Box::new(end));
    view! {
        <li class="entry" data-testid="silence">
            <p class="entry-name" translate="no">{name}</p>
            <p class="entry-facts">{facts}</p>
            <div class="controls">{button}</div>
        </li>
    }
    .into_piece()
}
