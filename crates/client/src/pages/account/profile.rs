use super::context::{Context, role_name, send};
use super::entries::section;
use super::sessions::sessions;
use super::set_up::PASSWORDS_DIFFER;
use super::start_page::start_page;
use super::tokens::tokens;
use super::totp::totp;
use crate::kit::browser::{open_page, page_url, remember_in_tab};
use crate::kit::form::{Field, Submission, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::api::{Method, body};
use crate::session::rooms::UNSENT_KEY;
use leptos::prelude::*;
use protocol::account::{Origin, PasswordChange, Role, UserInfo};

/// One's own account.
pub(super) fn profile(context: Context) -> Piece {
    context.signed_in(
        move |user| {
            let has_password = user.origin == Origin::Local;
            let mut sections = vec![who(&user)];
            if has_password {
                sections.push(password());
                sections.push(totp(context, &user));
            }
            sections.push(start_page());
            sections.push(sessions());
            // Others do not make tokens that would outlive what is said of them.
            if has_password {
                sections.push(tokens(user.role));
            }
            sections.into_piece()
        },
        || ().into_piece(),
    )
}

fn who(user: &UserInfo) -> Piece {
    let from = match user.origin {
        Origin::Local => "",
        Origin::Jwt => " · signed in by another program",
        Origin::Proxy => " · signed in by a proxy",
    };
    let links = match user.role {
        Role::Admin => {
            view! { <a class="button" href=page_url("/users")>"Manage users"</a> }.into_piece()
        }
        Role::Viewer | Role::Operator => ().into_piece(),
    };
    let out = Submission::new();
    let sign_out = move || {
        out.run(Box::pin(async {
            send(Method::POST, "auth/logout", None).await?;
            remember_in_tab(UNSENT_KEY, "");
            open_page("/login");
            Ok(String::new())
        }));
    };
    let must = user.must_set_up_totp && !user.has_totp;
    let notice = match must {
        true => view! {
            <p class="notice" data-testid="must-set-up">
                "An admin requires two-step sign-in of you: set it up below."
            </p>
        }
        .into_piece(),
        false => ().into_piece(),
    };
    let name = user.name.clone();
    let content = view! {
        {notice}
        <p data-testid="who">
            <strong translate="no">{name}</strong> " · " {role_name(user.role)} {from}
        </p>
        <div class="controls">
            <a class="button" href=page_url("/")>"Dashboard"</a>
            {links}
            <button class="button" type="button" data-testid="sign-out" on:click=move |_| sign_out()>
                "Sign out"
            </button>
        </div>
        {out.outcome()}
    };
    section("profile", "You", content.into_piece())
}

/// Changes one's own password.
fn password() -> Piece {
    let current = State::new(String::new());
    let new = State::new(String::new());
    let again = State::new(String::new());
    let fields = vec![
        field(Field::password(
            "current-password",
            "Current password",
            current,
        )),
        field(Field::new_password("new-password", "New password", new)),
        field(Field {
            hint: "",
            ..Field::new_password("new-password-again", "New password again", again)
        }),
    ];
    let work = move || {
        let request = PasswordChange {
            current: current.get_untracked(),
            new: new.get_untracked(),
        };
        let differ = request.new != again.get_untracked();
        let work = async move {
            if differ {
                return Err(PASSWORDS_DIFFER.to_owned());
            }
            send(Method::POST, "account/password", body(&request)).await?;
            for text in [current, new, again] {
                text.set(String::new());
            }
            Ok("The password is changed, and your other sessions are ended.".to_owned())
        };
        Box::pin(work) as _
    };
    let submission = Submission::new();
    let form = form(
        "password-form",
        fields,
        submission,
        "Change password",
        Box::new(work),
    );
    section("password", "Password", form)
}
