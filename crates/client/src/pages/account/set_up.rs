use super::context::{Context, send};
use crate::kit::browser::{self, fragment};
use crate::kit::form::{Field, Submission, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::api::{Method, body};
use leptos::prelude::*;
use protocol::account::SetUp;

pub(super) const PASSWORDS_DIFFER: &str = "The passwords are not the same.";

/// Creates the first user, with the key of the setup link.
pub(super) fn set_up(context: Context) -> Piece {
    let key = fragment();
    if key.is_empty() {
        let text = "This address has no setup key.";
        return view! {
            <p class="form-error" role="alert">{text}</p>
            {new_link()}
        }
        .into_piece();
    }
    let name = State::new(String::new());
    let password = State::new(String::new());
    let again = State::new(String::new());
    let failed = State::new(false);
    let fields = vec![
        field(user_name("name", name)),
        field(Field::new_password("password", "Password", password)),
        field(Field {
            hint: "",
            ..Field::new_password("password-again", "Password again", again)
        }),
    ];
    let work = move || {
        let request = SetUp {
            key: key.clone(),
            name: name.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        let differ = request.password != again.get_untracked();
        let work = async move {
            if differ {
                return Err(PASSWORDS_DIFFER.to_owned());
            }
            let response = send(Method::POST, "auth/setup", body(&request)).await;
            failed.set(response.is_err());
            response?;
            browser::open_page("/");
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    let form = form(
        "setup",
        fields,
        Submission::new(),
        "Create user",
        Box::new(work),
    );
    let help = move || match failed.get() {
        true => new_link(),
        false => ().into_piece(),
    };
    let content = view! {
        <p class="account-note">"This creates the first user, an admin."</p>
        {form}
        {help}
    };
    context.signed_out(content.into_piece())
}

/// The name of a user who is created.
pub(super) fn user_name(id: &str, name: State<String>) -> Field {
    Field {
        autocomplete: "username",
        hint: "1 to 40 characters: letters, digits, . _ - and @.",
        ..Field::text(id, "Name", name)
    }
}

/// A link is valid for half an hour, and until there is a user.
fn new_link() -> Piece {
    view! {
        <p class="account-note" data-testid="setup-link">
            "A setup link is valid for 30 minutes, until the first user exists. For a new one run "
            <code translate="no">"watchroom user setup-link"</code> " on the server."
        </p>
    }
    .into_piece()
}
