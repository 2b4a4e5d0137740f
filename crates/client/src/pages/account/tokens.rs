//! API tokens: what programs sign in with.

use super::context::send;
use super::entries::{Entries, confirmed, heading_id, section, when_text};
use super::once::once;
use crate::kit::browser::{api_url, focus, origin};
use crate::kit::form::{Field, Submission, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::session::api::{self, Method, body};
use leptos::prelude::*;
use protocol::account::{CreatedToken, NewToken, Role, TokenInfo, TokenList};

const ID: &str = "tokens";

/// The scopes that a token may have, what they allow, and the role that may give them.
const SCOPES: [(&str, &str, Role); 4] = [
    ("read", "Read what you may read", Role::Viewer),
    ("ingest", "Send data, events and log lines", Role::Operator),
    ("annotate", "Write annotations", Role::Operator),
    ("admin", "Do everything that you may do", Role::Admin),
];

/// The choices of days until a token expires.
const EXPIRY_DAYS: [[&str; 2]; 4] = [
    ["90", "In 90 days"],
    ["7", "In 7 days"],
    ["30", "In 30 days"],
    ["365", "In a year"],
];

/// One's own tokens, and a form for another one.
pub(super) fn tokens(role: Role) -> Piece {
    let entries = Entries::<TokenList>::load("tokens");
    let created = State::<Option<CreatedToken>>::new(None);
    let submission = Submission::new();
    let revoke = move |id: i64| {
        submission.run(Box::pin(async move {
            send(Method::DELETE, &["tokens/", &id.to_string()].concat(), None).await?;
            entries.reload().await;
            focus(&heading_id(ID));
            Ok("The token is revoked.".to_owned())
        }));
    };
    let list = entries.show(move |list| {
        let mut items = Vec::new();
        for token in &list.tokens {
            let id = token.id;
            items.push(item(token, Box::new(move || revoke(id))));
        }
        match items.is_empty() {
            true => view! { <p class="account-note">"No tokens yet"</p> }.into_piece(),
            false => view! { <ul class="entries">{items}</ul> }.into_piece(),
        }
    });
    let secret = move || match created.get() {
        Some(token) => new_secret(&token),
        None => ().into_piece(),
    };
    let create = new_token(role, move |token| {
        created.set(Some(token));
        entries.reload()
    });
    let content = view! {
        {list}
        {submission.outcome()}
        {secret}
        {create}
    };
    section(ID, "API tokens", content.into_piece())
}

fn item(token: &TokenInfo, revoke: Box<dyn Fn() + Send>) -> Piece {
    let owner = match &token.user {
        Some(user) => ["of ", user, " · "].concat(),
        None => "of this server · ".to_owned(),
    };
    let facts = [
        &owner,
        &*token.scopes.join(", "),
        " · expires ",
        &when_text(token.expires_ms, "never"),
        " · last used ",
        &when_text(token.last_used_ms, "never"),
    ]
    .concat();
    view! {
        <li class="entry" data-testid="token">
            <p class="entry-name" translate="no">{token.name.clone()}</p>
            <p class="entry-facts">{facts}</p>
            <div class="controls">
                {confirmed("revoke-token", &token.id.to_string(), "Revoke", &token.name, "Programs that use it stop working.", revoke)}
            </div>
        </li>
    }
    .into_piece()
}

/// A form for a new token; `done` gets it.
fn new_token<F: Future<Output = ()> + 'static>(
    role: Role,
    done: impl Fn(CreatedToken) -> F + Copy + Send + 'static,
) -> Piece {
    let name = State::new(String::new());
    let days = State::new(EXPIRY_DAYS[0][0].to_owned());
    let chosen = State::new(vec!["read"]);
    let mut boxes = Vec::new();
    for (scope, meaning, least) in SCOPES {
        if role >= least {
            boxes.push(scope_box(chosen, scope, meaning));
        }
    }
    let expiry = Select {
        test_id: "token-expiry",
        label: "Expires",
        options: options(EXPIRY_DAYS),
    };
    let scopes = view! {
        <fieldset class="form-field">
            <legend>"What it may do"</legend>
            {boxes}
        </fieldset>
    };
    let expires = view! {
        <div class="form-field">
            <span class="form-label" aria-hidden="true">"Expires"</span>
            {select(expiry, Box::new(move |value| days.set(value)))}
        </div>
    };
    let fields = vec![
        field(Field {
            hint: "What it is for, such as the program's name.",
            ..Field::text("token-name", "Name", name)
        }),
        scopes.into_piece(),
        expires.into_piece(),
    ];
    let work = move || {
        let request = NewToken {
            name: name.get_untracked().trim().to_owned(),
            scopes: chosen
                .with_untracked(|chosen| chosen.iter().map(|it| (*it).to_owned()).collect()),
            expires_days: days.get_untracked().parse().ok(),
        };
        let work = async move {
            if request.scopes.is_empty() {
                return Err("Choose what the token may do.".to_owned());
            }
            let response = send(Method::POST, "tokens", body(&request)).await?;
            let token = api::read(&response).map_err(super::context::said)?;
            name.set(String::new());
            done(token).await;
            focus(SECRET_ID);
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    form(
        "token-form",
        fields,
        Submission::new(),
        "Create token",
        Box::new(work),
    )
}

fn scope_box(
    chosen: State<Vec<&'static str>>,
    scope: &'static str,
    meaning: &'static str,
) -> Piece {
    let toggle = move || {
        chosen.update(|chosen| match chosen.contains(&scope) {
            true => chosen.retain(|it| *it != scope),
            false => chosen.push(scope),
        });
    };
    view! {
        <label class="form-check">
            <input
                type="checkbox"
                name=scope
                data-testid=["scope-", scope].concat()
                prop:checked=crate::kit::text::when(move || chosen.with(|chosen| chosen.contains(&scope)))
                on:change=move |_| toggle()
            />
            <span><code translate="no">{scope}</code> " " {meaning}</span>
        </label>
    }
    .into_piece()
}

/// What takes the focus once there is a secret.
const SECRET_ID: &str = "token-secret";

/// The secret, and how a program uses it.
fn new_secret(created: &CreatedToken) -> Piece {
    let token = &created.token;
    let url = [&*origin(), &*api_url("ingest")].concat();
    let mut shown = vec![once(SECRET_ID, "Token", token)];
    if created.info.scopes.iter().any(|scope| scope == "ingest") {
        let command = [
            "curl ",
            &url,
            " -H 'Authorization: Bearer ",
            token,
            "' -d '{\"type\":\"event\",\"level\":\"info\",\"source\":\"shell\",\"message\":\"it works\"}'",
        ]
        .concat();
        shown.push(once("token-command", "Try it", &command));
    }
    let title = [
        "“",
        &created.info.name,
        "” is created. Copy the token now: it is not shown again.",
    ]
    .concat();
    view! {
        <div class="account-once" data-testid="new-token">
            <p {..crate::kit::text_content::translatable(live(move || title.clone()))}></p>
            {shown}
        </div>
    }
    .into_piece()
}
