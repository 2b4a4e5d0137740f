use super::Lists;
use super::repeat::Repeated;
use crate::kit::browser::{date_time, is_public, now_ms, page_url, set_title, uri_component};
use crate::kit::form::{Submission, Work, form};
use crate::kit::icon::{icon, level_path};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::when;
use crate::pages::account::{action, focus_soon, section, send};
use crate::pages::age::age_text;
use crate::session::api::{Method, body};
use leptos::prelude::*;
use protocol::Timestamp;
use protocol::alerting::{Acknowledge, AlertInfo, NewSilence};

/// The choice of a silence that is a maintenance window.
const WEEKLY: &str = "weekly";

/// What is open below an alert.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Acknowledge,
    Silence,
}

#[derive(Clone, Copy)]
struct Rows {
    lists: Lists,
    /// Of which alert something is open.
    open: State<Option<(String, Open)>>,
    submission: Submission,
}

/// The alerts that are firing, the gravest first.
pub(super) fn section_of(lists: Lists) -> Piece {
    let rows = Rows {
        lists,
        open: State::new(None),
        submission: Submission::new(),
    };
    let list = lists.alerts.show(move |list| {
        let count = list.count;
        let title = match count {
            0 => "Alerts · Watchroom".to_owned(),
            count => ["(", &count.to_string(), ") Alerts · Watchroom"].concat(),
        };
        set_title(&title);
        if count == 0 {
            return view! { <p class="account-note" data-testid="no-alerts">"No active alerts."</p> }
                .into_piece();
        }
        let mut items = Vec::new();
        for alert in list.alerts {
            items.push(item(rows, alert));
        }
        view! { <ul class="entries">{items}</ul> }.into_piece()
    });
    let content = view! {
        <div role="status" aria-live="polite" class="alerts-live">
            {list}
        </div>
        {rows.submission.outcome()}
    };
    section("firing", "Active alerts", content.into_piece())
}

impl Rows {
    fn toggle(self, id: &str, what: Open, first: &str) {
        let wanted = Some((id.to_owned(), what));
        let is_open = self.open.with_untracked(|open| *open == wanted);
        self.lists.alerts.held.set(!is_open);
        self.open.set(if is_open { None } else { wanted });
        if !is_open {
            focus_soon(first.to_owned());
        }
    }

    async fn close(self) {
        self.open.set(None);
        self.lists.alerts.held.set(false);
        self.lists.reload().await;
    }
}

fn item(rows: Rows, alert: AlertInfo) -> Piece {
    let now_ms = now_ms();
    let age = age_text(now_ms - alert.fired_ms as f64);
    let since = date_time(alert.fired_ms as f64);
    let moment = Timestamp::from_unix_ms(alert.fired_ms).to_string();
    let host = alert.host.clone();
    let mut link = ["/?at=", &uri_component(&moment)].concat();
    if let Some(host) = &host {
        link = [&link, "&host=", &uri_component(host)].concat();
    }
    let level = alert.level.name();
    let mut tags = vec![tag(level)];
    if alert.is_unknown {
        tags.push(tag("no current values"));
    }
    if alert.silence.is_some() {
        tags.push(tag("silenced"));
    }
    let acknowledged = alert.acknowledged.as_ref().map(|it| {
        let why = if it.why.is_empty() {
            String::new()
        } else {
            [": ", &it.why].concat()
        };
        let text = ["Acknowledged by ", &it.by, &why].concat();
        view! { <p class="entry-facts" data-testid="alert-acknowledged">{text}</p> }
    });
    let runbook = alert.runbook.clone().map(|link| {
        view! { " · " <a href=link rel="noreferrer">"Runbook"</a> }
    });
    let facts = view! {
        <p class="entry-facts">
            "Firing for " {age} ", since " <a href=page_url(&link)>{since}</a>
            {host.map(|host| [" · ", &host].concat())} {runbook}
        </p>
    };
    let (id, name) = (alert.id.clone(), alert.rule.clone());
    let controls = match is_public() {
        true => ().into_piece(),
        false => controls(rows, &alert),
    };
    let of = alert.clone();
    let below = move || match rows.open.get() {
        Some((open, Open::Acknowledge)) if open == of.id => acknowledge(rows, &of),
        Some((open, Open::Silence)) if open == of.id => silence(rows, &of),
        _ => ().into_piece(),
    };
    view! {
        <li class="entry" data-testid="firing-alert" data-level=level id=["alert-", &id].concat()>
            <p class="entry-name">{icon(level_path(alert.level))} " " <span translate="no">{name}</span></p>
            <p class="alert-message" translate="no">{alert.message}</p>
            {facts}
            {acknowledged}
            <div class="controls">{tags} {controls}</div>
            {below}
        </li>
    }
    .into_piece()
}

pub(super) fn tag(text: &str) -> Piece {
    let text = text.to_owned();
    view! { <span class="account-tag">{text}</span> }.into_piece()
}

fn controls(rows: Rows, alert: &AlertInfo) -> Piece {
    let (id, name) = (alert.id.clone(), alert.rule.clone());
    let mut pieces = Vec::new();
    match alert.acknowledged {
        None => {
            let of = id.clone();
            let open = move || rows.toggle(&of, Open::Acknowledge, "acknowledge-why");
            pieces.push(action(
                "alert-acknowledge",
                "Acknowledge",
                &name,
                Box::new(open),
            ));
        }
        Some(_) => {
            let of = id.clone();
            let take_back = move || {
                let path = acknowledgement(&of);
                rows.submission.run(Box::pin(async move {
                    send(Method::DELETE, &path, None).await?;
                    rows.close().await;
                    Ok("The acknowledgement is taken back.".to_owned())
                }));
            };
            let label = "Take back acknowledgement";
            pieces.push(action(
                "alert-unacknowledge",
                label,
                &name,
                Box::new(take_back),
            ));
        }
    }
    if alert.silence.is_none() {
        let open = move || rows.toggle(&id, Open::Silence, "silence-why");
        pieces.push(action("alert-silence", "Silence", &name, Box::new(open)));
    }
    pieces.into_piece()
}

fn acknowledgement(id: &str) -> String {
    ["alerts/", id, "/acknowledgement"].concat()
}

fn acknowledge(rows: Rows, alert: &AlertInfo) -> Piece {
    let why = State::new(String::new());
    let fields = vec![super::condition::optional_field(
        "acknowledge-why",
        "Reason",
        "May be empty. Everybody sees it.",
        why,
    )];
    let path = acknowledgement(&alert.id);
    let work = move || -> Work {
        let path = path.clone();
        let request = Acknowledge {
            why: why.get_untracked(),
        };
        Box::pin(async move {
            send(Method::PUT, &path, body(&request)).await?;
            rows.close().await;
            Ok(String::new())
        })
    };
    form(
        "acknowledge-form",
        fields,
        Submission::new(),
        "Acknowledge",
        Box::new(work),
    )
}

/// Prefilled with the rule and the series of the alert.
fn silence(rows: Rows, alert: &AlertInfo) -> Piece {
    let why = State::new(String::new());
    let lasts = State::new("1h".to_owned());
    let choice = Select {
        test_id: "silence-lasts",
        label: "For how long",
        options: options([
            ["1h", "1 hour"],
            ["4h", "4 hours"],
            ["1d", "1 day"],
            ["7d", "7 days"],
            [WEEKLY, "Repeat weekly"],
        ]),
    };
    let choice = select(choice, Box::new(move |chosen| lasts.set(chosen)));
    let repeated = Repeated::new();
    let is_once = when(move || lasts.get() != WEEKLY);
    let fields = vec![
        super::condition::optional_field(
            "silence-why",
            "Reason",
            "Nobody is notified of this rule and series meanwhile. The alert stays visible.",
            why,
        ),
        super::condition::labelled("For how long", choice.into_piece()),
        repeated.fields("silence-repeat", is_once),
    ];
    // A silence has no fold.
    let is_fold = alert.series.contains('(');
    let (rule, series) = (alert.rule.clone(), alert.series.clone());
    let work = move || -> Work {
        let mut request = NewSilence {
            rule: Some(rule.clone()),
            series: Some(series.clone()).filter(|_| !is_fold),
            starts_ms: None,
            lasts: lasts.get_untracked(),
            repeat: None,
            why: why.get_untracked(),
        };
        Box::pin(async move {
            if request.lasts == WEEKLY {
                let (repeat, lasts) = repeated.entered()?;
                (request.repeat, request.lasts) = (Some(repeat), lasts);
            }
            send(Method::POST, "silences", body(&request)).await?;
            rows.close().await;
            Ok(String::new())
        })
    };
    form(
        "silence-form",
        fields,
        Submission::new(),
        "Silence",
        Box::new(work),
    )
}
