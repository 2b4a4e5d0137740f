use super::context::{Context, send};
use super::entries::focus_soon;
use crate::kit::browser::{self, origin, parameter};
use crate::kit::form::{Field, Submission, field, form};
use crate::kit::piece::Piece;
use crate::kit::state::State;
use crate::kit::text::when;
use crate::session::api::{Method, body};
use protocol::Source;
use protocol::account::{AccountInfo, SignIn};

/// The member of the response that says whether a code is missing.
const RESPONSE_TYPE: &str = "type";
const CODE_REQUIRED: &str = "code_required";

/// Leads to the page that the user has chosen to see first.
const START: &str = "/?start";

/// Asks for a name and a password and, of users who have set that up, for a code.
pub(super) fn sign_in(context: Context) -> Piece {
    let name = State::new(String::new());
    let password = State::new(String::new());
    let code = State::new(String::new());
    let asks_code = State::new(false);
    let no_code = when(move || !asks_code.get());
    let fields = vec![
        field(Field {
            autocomplete: "username",
            ..Field::text("name", "Name", name)
        }),
        field(Field::password("password", "Password", password)),
        field(Field {
            hint: "Of your authenticator, or a recovery code.",
            hidden: no_code,
            ..Field::code("code", "Code", code)
        }),
    ];
    let work = move || {
        let asked = asks_code.get_untracked();
        let request = SignIn {
            name: name.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            code: asked.then(|| code.get_untracked().trim().to_owned()),
        };
        let work = async move {
            let response = send(Method::POST, "auth/login", body(&request)).await?;
            let kind = response.member(RESPONSE_TYPE);
            let kind: String = kind.and_then(|kind| kind.read().ok()).unwrap_or_default();
            if kind == CODE_REQUIRED {
                asks_code.set(true);
                focus_soon("code".to_owned());
                return Ok("A code is needed, too.".to_owned());
            }
            let account: Option<AccountInfo> = response.read().ok();
            let user = account.and_then(|account| account.user);
            browser::open_page(&match user {
                Some(user) if user.must_set_up_totp && !user.has_totp => "/account".to_owned(),
                _ => next_page(),
            });
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    let form = form(
        "login",
        fields,
        Submission::new(),
        "Sign in",
        Box::new(work),
    );
    context.signed_out(form)
}

/// The page that the user wanted, if it is one of this server; else the one that the user has chosen to see first.
fn next_page() -> String {
    let next = parameter("next").unwrap_or_default();
    match next != "/" && is_own_path(&next) && leads_here(&next) {
        true => next,
        false => START.to_owned(),
    }
}

/// Whether a text is a path, and no address of another server.
fn is_own_path(text: &str) -> bool {
    // Browsers take `\` for `/`, and drop tabs and line breaks (URL Standard, 4.4).
    let is_plain = |c: char| c != '\\' && !c.is_control();
    text.starts_with('/') && !text.starts_with("//") && text.chars().all(is_plain)
}

/// The same, as the browser reads it.
fn leads_here(path: &str) -> bool {
    let url = web_sys::Url::new_with_base(path, &origin());
    url.is_ok_and(|url| url.origin() == origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to() {
        for path in ["/", "/?host=atlas&at=2026", "/account", "/a//b"] {
            assert!(is_own_path(path), "{path}");
        }
        for other in [
            "",
            "account",
            "//example.org",
            "/\\example.org",
            "\\\\example.org",
            "/\t/example.org",
            "/\n/example.org",
            "https://example.org",
            "javascript:alert(1)",
        ] {
            assert!(!is_own_path(other), "{other}");
        }
    }
}
