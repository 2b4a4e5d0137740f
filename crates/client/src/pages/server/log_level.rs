//! The level of the log, for admins.

use crate::kit::browser::date_time;
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::translatable;
use crate::pages::account::{heading_id, send};
use crate::session::api::{self, Method, body};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::server_info::{LogLevelChange, LogLevelInfo};

const ID: &str = "log-level";
const REQUEST: &str = "server/log-level";

/// For how long another level applies: seconds, and what they are called.
const TIMES: [[&str; 2]; 4] = [
    ["600", "For 10 minutes"],
    ["3600", "For 1 hour"],
    ["86400", "For 1 day"],
    ["", "Until the next start"],
];

#[derive(Clone, Copy)]
struct Level {
    /// None for those who may not see it, and before the answer.
    known: State<Option<LogLevelInfo>>,
    directives: State<String>,
    time: State<String>,
}

/// The section; hidden from who may not change it.
pub(super) fn section_of() -> Piece {
    let level = Level {
        known: State::new(None),
        directives: State::new(String::new()),
        time: State::new(TIMES[0][0].to_owned()),
    };
    spawn_local(async move {
        if let Ok(response) = api::get(REQUEST).await
            && let Ok(info) = api::read::<LogLevelInfo>(&response)
        {
            level.directives.set(info.directives.clone());
            level.known.set(Some(info));
        }
    });
    let reset = Submission::new();
    let change = move || -> Work {
        let directives = level.directives.get_untracked().trim().to_owned();
        let for_s = level.time.get_untracked().parse().ok();
        let change = LogLevelChange {
            directives: Some(directives),
            for_s,
        };
        Box::pin(level.send(change))
    };
    let back = move || -> Work {
        Box::pin(level.send(LogLevelChange {
            directives: None,
            for_s: None,
        }))
    };
    let is_configured = when(move || {
        let known = level.known.get();
        known.is_none_or(|it| it.directives == it.configured)
    });
    let heading = heading_id(ID);
    let labelled_by = heading.clone();
    view! {
        <section
            class="card account-section"
            aria-labelledby=labelled_by
            data-testid=ID
            hidden=when(move || level.known.get().is_none())
        >
            <h2 id=heading tabindex="-1">"Log level"</h2>
            <p data-testid="log-level-now" {..translatable(live(move || now(level)))}></p>
            {form("log-level-form", fields(level), Submission::new(), "Change level", Box::new(change))}
            <div class="controls" hidden=is_configured>
                <button
                    class="button chip"
                    type="button"
                    data-testid="log-level-reset"
                    on:click=move |_| reset.run(back())
                >
                    "Back to the configured level"
                </button>
            </div>
            {reset.outcome()}
        </section>
    }
    .into_piece()
}

impl Level {
    async fn send(self, change: LogLevelChange) -> Result<String, String> {
        let response = send(Method::PUT, REQUEST, body(&change)).await?;
        let info = api::read::<LogLevelInfo>(&response).map_err(|refusal| refusal.text)?;
        self.directives.set(info.directives.clone());
        self.known.set(Some(info));
        Ok("The level is changed.".to_owned())
    }
}

fn now(level: Level) -> String {
    let Some(info) = level.known.get() else {
        return String::new();
    };
    let until = match info.until_ms {
        Some(until_ms) => [" until ", &date_time(until_ms as f64)].concat(),
        None => String::new(),
    };
    match info.directives == info.configured {
        true => ["The log has the configured level: ", &info.directives].concat(),
        false => {
            let now = ["The log has the level ", &info.directives, &until].concat();
            [&now, "; configured is ", &info.configured].concat()
        }
    }
}

fn fields(level: Level) -> Vec<Piece> {
    let choice = Select {
        test_id: "log-level-time",
        label: "How long",
        options: options(TIMES),
    };
    let choice = select(choice, Box::new(move |value| level.time.set(value)));
    vec![
        field(Field {
            hint: "A level (error, warn, info, debug, trace, off), and others for modules, as in info,server::http=debug.",
            ..Field::text("log-directives", "Level", level.directives)
        }),
        view! {
            <div class="form-field">
                <span class="form-label" aria-hidden="true">"How long"</span>
                {choice}
            </div>
        }
        .into_piece(),
    ]
}
