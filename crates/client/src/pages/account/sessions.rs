use super::context::send;
use super::entries::{Entries, action, confirmed, heading_id, section, when_text};
use crate::kit::browser::focus;
use crate::kit::form::Submission;
use crate::kit::piece::{IntoPiece, Piece};
use crate::session::api::Method;
use leptos::prelude::*;
use protocol::account::{SessionInfo, SessionList};

const ID: &str = "sessions";

/// A long description of a browser is cut here, in characters.
const BROWSER_CHARS_MAX: usize = 120;

/// Where the user is signed in, and what ends that.
pub(super) fn sessions() -> Piece {
    let entries = Entries::<SessionList>::load("account/sessions");
    let submission = Submission::new();
    let end = move |request: String| {
        submission.run(Box::pin(async move {
            send(Method::DELETE, &request, None).await?;
            entries.reload().await;
            focus(&heading_id(ID));
            Ok("Signed out there.".to_owned())
        }));
    };
    let list = entries.show(move |list| {
        let others = list.sessions.iter().any(|session| !session.is_current);
        let mut items = Vec::new();
        for session in &list.sessions {
            items.push(item(session, end));
        }
        let all = match others {
            true => confirmed(
                "end-others",
                "",
                "Sign out everywhere else",
                "",
                "End all other sessions?",
                Box::new(move || end("account/sessions".to_owned())),
            ),
            false => ().into_piece(),
        };
        view! {
            <ul class="entries">{items}</ul>
            <div class="controls">{all}</div>
        }
        .into_piece()
    });
    let content = view! {
        {list}
        {submission.outcome()}
    };
    section(ID, "Sessions", content.into_piece())
}

fn item(session: &SessionInfo, end: impl Fn(String) + Copy + Send + 'static) -> Piece {
    let mut browser: String = session.user_agent.chars().take(BROWSER_CHARS_MAX).collect();
    if browser.is_empty() {
        "Unknown browser".clone_into(&mut browser);
    }
    let facts = [
        &*session.address,
        " · since ",
        &when_text(Some(session.created_ms), ""),
        " · last used ",
        &when_text(Some(session.last_used_ms), ""),
    ]
    .concat();
    let request = ["account/sessions/", &session.id.to_string()].concat();
    let control = match session.is_current {
        true => view! { <span class="account-tag">"This browser"</span> }.into_piece(),
        false => {
            let of = ["of ", &session.address].concat();
            let end = move || end(request.clone());
            action("end-session", "Sign out", &of, Box::new(end))
        }
    };
    view! {
        <li class="entry" data-testid="session">
            <p class="entry-name" translate="no">{browser}</p>
            <p class="entry-facts">{facts}</p>
            <div class="controls">{control}</div>
        </li>
    }
    .into_piece()
}
