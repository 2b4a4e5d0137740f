//! The page of alerts: what is firing, silences and maintenance windows, rules, an editor of rules with a backtest, and targets of
//! notifications.
//!
//! As with the pages of accounts, the server renders the frame, and the rest is loaded lazily and asks the API.

mod condition;

mod repeat;

mod firing;
mod silences;

mod editor;
mod rules;

mod targets;

use super::polled::{self, Polled};
use crate::kit::browser::{is_public, page_url, sign_in_path};
use crate::kit::piece::{IntoPiece, Piece};
use leptos::prelude::*;
use protocol::alerting::{AlertList, RuleList, SilenceList};

/// What the sections share.
#[derive(Clone, Copy)]
struct Lists {
    alerts: Polled<AlertList>,
    silences: Polled<SilenceList>,
    rules: Polled<RuleList>,
}

impl Lists {
    /// Asks for all of them, since something was changed. The public may see the alerts alone.
    async fn reload(self) {
        self.alerts.reload().await;
        if is_public() {
            return;
        }
        self.silences.reload().await;
        self.rules.reload().await;
    }
}

/// Says that users see more.
pub(super) fn sign_in_note() -> Piece {
    view! {
        <p class="account-note" data-testid="sign-in-note">
            <a href=page_url(&sign_in_path())>"Sign in"</a> " to see and do more."
        </p>
    }
    .into_piece()
}

/// What the page shows.
pub(super) fn alerts_content() -> Piece {
    let lists = Lists {
        alerts: Polled::new("alerts"),
        silences: Polled::new("silences"),
        rules: Polled::new("rules"),
    };
    let edited = editor::Edited::new();
    polled::poll(move || lists.reload());
    if is_public() {
        return view! {
            {polled::connection(lists.alerts)}
            {sign_in_note()}
            {firing::section_of(lists)}
        }
        .into_piece();
    }
    view! {
        {polled::connection(lists.alerts)}
        {firing::section_of(lists)}
        {silences::section_of(lists)}
        {rules::section_of(lists, edited)}
        {editor::section_of(lists, edited)}
        {targets::section_of(lists)}
    }
    .into_piece()
}
