//! Targets of notifications, for admins.

use super::Lists;
use super::condition::{check, labelled, optional_field};
use crate::kit::browser::{date_time, focus};
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::{on_change, when};
use crate::pages::account::{action, confirmed, heading_id, said, section, send};
use crate::pages::polled::{self, Polled};
use crate::session::api::{self, Method, body};
use leptos::prelude::*;
use protocol::alerting::{NewTarget, TargetInfo, TargetKind, TargetList, TargetTest};
use protocol::{Labels, Level};

const ID: &str = "targets";

/// Each form of notifications and its name. The first is chosen at first.
const KINDS: [(TargetKind, [&str; 2]); 7] = [
    (TargetKind::Email, ["email", "E-mail"]),
    (TargetKind::Slack, ["slack", "Slack"]),
    (TargetKind::Teams, ["teams", "Microsoft Teams"]),
    (TargetKind::Discord, ["discord", "Discord"]),
    (TargetKind::Ntfy, ["ntfy", "ntfy"]),
    (TargetKind::Webhook, ["webhook", "Webhook (JSON)"]),
    (
        TargetKind::Alertmanager,
        ["alertmanager", "Prometheus Alertmanager"],
    ),
];

const LEVELS: [[&str; 2]; 4] = [
    ["warning", "Warnings and errors"],
    ["error", "Errors only"],
    ["info", "Info and up"],
    ["debug", "Everything"],
];

/// The targets, for those who may see them.
pub(super) fn section_of(lists: Lists) -> Piece {
    let manages = State::new(false);
    on_change(move || {
        if lists.alerts.is(|list| list.manages_targets) {
            manages.set(true);
        }
    });
    let view = move || match manages.get() {
        true => content(),
        false => ().into_piece(),
    };
    view.into_piece()
}

/// The targets, what became of their notifications, and a form for another one.
fn content() -> Piece {
    let targets = Polled::<TargetList>::new("targets");
    let submission = Submission::new();
    polled::poll(move || targets.reload());
    let list = targets.show(move |list| {
        if list.targets.is_empty() {
            return view! {
                <p class="account-note" data-testid="no-targets">
                    "Nobody is notified yet. Add a target below."
                </p>
            }
            .into_piece();
        }
        let mut items = Vec::new();
        for target in &list.targets {
            items.push(item(targets, submission, target));
        }
        view! { <ul class="entries">{items}</ul> }.into_piece()
    });
    let content = view! {
        {list}
        {submission.outcome()}
        {new_target(targets)}
    };
    section(ID, "Notifications", content.into_piece())
}

fn name_of(kind: TargetKind) -> &'static str {
    let mut kinds = KINDS.iter();
    let known = kinds.find(|(known, _)| *known == kind);
    known.map_or("", |(_, [_, name])| *name)
}

fn item(targets: Polled<TargetList>, submission: Submission, target: &TargetInfo) -> Piece {
    let mut facts = vec![name_of(target.kind).to_owned(), target.url_host.clone()];
    facts.push([target.level.name(), " and up"].concat());
    if let Some(host) = &target.host {
        facts.push(["only ", host].concat());
    }
    for (label, value) in target.labels.iter() {
        facts.push([label, "=", value].concat());
    }
    let accepted = match target.delivered_ms {
        Some(at_ms) => ["last accepted ", &date_time(at_ms as f64)].concat(),
        None => "nothing sent since the server started".to_owned(),
    };
    facts.push(accepted);
    // A failure that a later success has ended is not a problem any more.
    let failure = target.failures.first().filter(|failure| {
        failure.is_final
            || target
                .delivered_ms
                .is_none_or(|at_ms| at_ms < failure.at_ms)
    });
    let failure = failure.map(|failure| {
        let outcome = if failure.is_final {
            "Given up"
        } else {
            "Failed, is tried again"
        };
        let text = [
            outcome,
            ": ",
            &failure.why,
            " (",
            &date_time(failure.at_ms as f64),
            ")",
        ]
        .concat();
        view! { <p class="form-error" data-testid="target-failure">{text}</p> }
    });
    let (id, path) = (target.id.clone(), ["targets/", &target.id].concat());
    let test = {
        let path = [&path, "/test"].concat();
        move || {
            let path = path.clone();
            submission.run(Box::pin(async move {
                let response = send(Method::POST, &path, None).await?;
                let test: TargetTest = api::read(&response).map_err(said)?;
                targets.reload().await;
                outcome(&test)
            }));
        }
    };
    let remove = move || {
        let path = path.clone();
        submission.run(Box::pin(async move {
            send(Method::DELETE, &path, None).await?;
            targets.reload().await;
            focus(&heading_id(ID));
            Ok("The target is removed.".to_owned())
        }));
    };
    let name = target.name.clone();
    view! {
        <li class="entry" data-testid="target">
            <p class="entry-name" translate="no">{name.clone()}</p>
            <p class="entry-facts">{facts.join(" · ")}</p>
            {failure}
            <div class="controls">
                {action("target-test", "Send test", &name, Box::new(test))}
                {confirmed("target-remove", &id, "Remove", &name, "It is not notified any more.", Box::new(remove))}
            </div>
        </li>
    }
    .into_piece()
}

/// What became of a test, as a sentence.
fn outcome(test: &TargetTest) -> Result<String, String> {
    let elapsed = [" (", &test.elapsed_ms.to_string(), " ms)"].concat();
    match (test.status, &test.error) {
        (Some(200..300), _) => Ok(["The test was accepted", &elapsed, "."].concat()),
        (Some(status), _) => Err([
            "The test was refused with the status ",
            &status.to_string(),
            &elapsed,
            ".",
        ]
        .concat()),
        (None, error) => Err([
            "The test could not be sent: ",
            error.as_deref().unwrap_or_default(),
            ".",
        ]
        .concat()),
    }
}

/// A form for a new target.
fn new_target(targets: Polled<TargetList>) -> Piece {
    let text = || State::new(String::new());
    let (name, url, address, host) = (text(), text(), text(), text());
    let kind = State::new(KINDS[0].1[0].to_owned());
    let level = State::new(LEVELS[0][0].to_owned());
    let (is_private, resolved) = (State::new(false), State::new(true));
    let is_email = move || kind.with(|kind| kind == TargetKind::Email.name());
    let kinds = Select {
        test_id: "target-kind",
        label: "Kind",
        options: options(KINDS.map(|(_, names)| names)),
    };
    let levels = Select {
        test_id: "target-level",
        label: "Of which alerts",
        options: options(LEVELS),
    };
    let fields = vec![
        field(Field {
            hint: "What it is called here, such as “Operations”.",
            ..Field::text("target-name", "Name", name)
        }),
        labelled(
            "Kind",
            select(kinds, Box::new(move |value| kind.set(value))).into_piece(),
        ),
        field(Field {
            hint: "One or several, separated by commas.",
            hidden: when(move || !is_email()),
            ..Field::text("target-address", "Addresses", address)
        }),
        field(Field {
            hint: "The webhook’s URL; of ntfy with the topic, of Alertmanager with /api/v2/alerts. It is not shown again.",
            hidden: when(is_email),
            ..Field::text("target-url", "URL", url)
        }),
        labelled(
            "Of which alerts",
            select(levels, Box::new(move |value| level.set(value))).into_piece(),
        ),
        optional_field(
            "target-host",
            "Only of this host",
            "Empty for all hosts.",
            host,
        ),
        check("target-resolved", "Also when an alert resolves", resolved),
        check(
            "target-private",
            "It is in a private network, or on this machine",
            is_private,
        ),
    ];
    let work = move || -> Work {
        let chosen = kind.get_untracked();
        let mut kinds = TargetKind::ALL.iter();
        let kind = kinds.find(|kind| kind.name() == chosen).copied();
        let mut levels = Level::ALL.iter();
        let level = levels
            .find(|it| level.with_untracked(|level| it.name() == level))
            .copied();
        let trimmed = |state: State<String>| state.get_untracked().trim().to_owned();
        let url = match kind {
            Some(TargetKind::Email) => ["mailto:", &trimmed(address)].concat(),
            _ => trimmed(url),
        };
        let new = NewTarget {
            name: trimmed(name),
            kind: kind.unwrap_or(TargetKind::Webhook),
            url,
            is_private: is_private.get_untracked(),
            level: level.unwrap_or(Level::Warning),
            host: Some(trimmed(host)).filter(|host| !host.is_empty()),
            labels: Labels::new(),
            resolved: resolved.get_untracked(),
        };
        Box::pin(async move {
            send(Method::POST, "targets", body(&new)).await?;
            for state in [name, address, host] {
                state.set(String::new());
            }
            targets.reload().await;
            Ok([
                &new.name,
                " is notified from now on. Send a test to be sure.",
            ]
            .concat())
        })
    };
    form(
        "target-form",
        fields,
        Submission::new(),
        "Add target",
        Box::new(work),
    )
}
