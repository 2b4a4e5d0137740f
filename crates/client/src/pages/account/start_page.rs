use super::context::said;
use super::entries::{Entries, section};
use crate::kit::browser::uri_component;
use crate::kit::form::Submission;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option, select};
use crate::model::PageKind;
use crate::session::user_preferences::store;
use leptos::prelude::*;
use protocol::account::UserPreferences;
use protocol::api::HostList;

/// Which page the user sees first.
pub(super) fn start_page() -> Piece {
    let preferences = Entries::<UserPreferences>::load("account/preferences");
    let hosts = Entries::<HostList>::load("hosts");
    let submission = Submission::new();
    let choice = preferences.show(move |preferences| {
        let chosen = preferences.start_page.unwrap_or_default();
        hosts.show(move |list| choice(&chosen, &list, submission))
    });
    let content = view! {
        <p class="account-note">
            "After you sign in, and when you open Watchroom from a bookmark or by its address."
        </p>
        {choice}
        {submission.outcome()}
    };
    section("start-page", "Start page", content.into_piece())
}

fn choice(chosen: &str, list: &HostList, submission: Submission) -> Piece {
    let mut options: Vec<Piece> = Vec::new();
    for (kind, name) in [
        (PageKind::Dashboard, "Overview"),
        (PageKind::Alerts, "Alerts"),
        (PageKind::Checks, "Checks"),
        (PageKind::Rooms, "Rooms"),
    ] {
        let path = kind.path();
        options.push(option(path.into(), name.into(), path == chosen));
    }
    if list.hosts.len() > 1 {
        for info in &list.hosts {
            let path = ["/?host=", &uri_component(&info.host)].concat();
            let is_chosen = path == chosen;
            options.push(option(path, info.host.clone(), is_chosen));
        }
    }
    let what = Select {
        test_id: "start-page-choice",
        label: "Start page",
        options: options.into_piece(),
    };
    let choose = move |path: String| {
        submission.run(Box::pin(async move {
            let changes = UserPreferences {
                start_page: Some(path),
                ..UserPreferences::default()
            };
            store(changes).await.map_err(said)?;
            Ok("The start page is stored.".to_owned())
        }));
    };
    view! { <div class="controls">{select(what, Box::new(choose))}</div> }.into_piece()
}
