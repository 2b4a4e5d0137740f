//! Signing in with the codes of an authenticator (TOTP, RFC 6238), too.

use super::context::{Context, said, send};
use super::entries::{focus_soon, section};
use super::once::once;
use crate::kit::form::{Field, Submission, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::api::{self, Method, body};
use leptos::prelude::*;
use protocol::account::{
    PasswordConfirmation, RecoveryCodes, TotpConfirmation, TotpSecret, UserInfo,
};
use qrcode::{Color, QrCode};

/// The light border around a QR code, in modules (ISO/IEC 18004).
const QUIET_MODULES: usize = 4;

/// Where the section is.
#[derive(Clone)]
enum Step {
    Off,
    /// The secret is to be put into an authenticator, and confirmed by a code of it.
    Confirm(TotpSecret),
    /// It is on, and these are its recovery codes.
    Codes(RecoveryCodes),
    On,
}

/// Sets it up, or turns it off.
pub(super) fn totp(context: Context, user: &UserInfo) -> Piece {
    let step = State::new(match user.has_totp {
        true => Step::On,
        false => Step::Off,
    });
    let content = move || match step.get() {
        Step::Off => begin(step),
        Step::Confirm(secret) => confirm(step, &secret),
        Step::Codes(codes) => recovery(context, &codes),
        Step::On => turn_off(step),
    };
    section("totp", "Two-step sign-in", content.into_piece())
}

fn begin(step: State<Step>) -> Piece {
    let submission = Submission::new();
    let work = move || {
        let work = async move {
            let response = send(Method::POST, "account/totp", None).await?;
            step.set(Step::Confirm(api::read(&response).map_err(said)?));
            focus_soon("totp-code".to_owned());
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    view! {
        <p class="account-note">
            "Off. With it, signing in takes a code of an authenticator besides the password."
        </p>
        {form("totp-form", Vec::new(), submission, "Set up", Box::new(work))}
    }
    .into_piece()
}

fn confirm(step: State<Step>, secret: &TotpSecret) -> Piece {
    let code = State::new(String::new());
    let fields = vec![field(Field {
        hint: "The six digits that the authenticator shows.",
        ..Field::code("totp-code", "Code", code)
    })];
    let work = move || {
        let request = TotpConfirmation {
            code: code.get_untracked().trim().to_owned(),
        };
        let work = async move {
            let response = send(Method::POST, "account/totp/confirm", body(&request)).await?;
            step.set(Step::Codes(api::read(&response).map_err(said)?));
            focus_soon(CODES_ID.to_owned());
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    let form = form(
        "totp-confirm",
        fields,
        Submission::new(),
        "Confirm",
        Box::new(work),
    );
    view! {
        <p>"Scan this with an authenticator, or type the secret into it."</p>
        {picture(&secret.uri)}
        {once("totp-secret", "Secret", &secret.secret)}
        {form}
    }
    .into_piece()
}

const CODES_ID: &str = "recovery-codes";

fn recovery(context: Context, codes: &RecoveryCodes) -> Piece {
    view! {
        <p>
            "It is on. Each of these codes replaces a code of the authenticator once. Keep them where you do not keep the password: they are not shown again."
        </p>
        {once(CODES_ID, "Recovery codes", &codes.codes.join("\n"))}
        <div class="controls">
            <button class="button" type="button" data-testid="codes-kept" on:click=move |_| context.reload()>
                "I have kept them"
            </button>
        </div>
    }
    .into_piece()
}

fn turn_off(step: State<Step>) -> Piece {
    let password = State::new(String::new());
    let fields = vec![field(Field::password(
        "totp-password",
        "Password",
        password,
    ))];
    let work = move || {
        let request = PasswordConfirmation {
            password: password.get_untracked(),
        };
        let work = async move {
            send(Method::POST, "account/totp/remove", body(&request)).await?;
            step.set(Step::Off);
            focus_soon(super::entries::heading_id("totp"));
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    let form = form(
        "totp-remove",
        fields,
        Submission::new(),
        "Turn off",
        Box::new(work),
    );
    view! {
        <p class="account-note" data-testid="totp-on">"On. To turn it off, confirm your password."</p>
        {form}
    }
    .into_piece()
}

/// A QR code. A text that is too long for one has none.
fn picture(text: &str) -> Piece {
    let Ok(code) = QrCode::new(text) else {
        return ().into_piece();
    };
    let width = code.width();
    let path = modules(&code.into_colors(), width);
    let extent = (width + 2 * QUIET_MODULES).to_string();
    view! {
        <svg
            class="qr"
            role="img"
            aria-label="QR code of the secret"
            data-testid="totp-qr"
            viewBox=["0 0 ", &extent, " ", &extent].concat()
        >
            <path d=path></path>
        </svg>
    }
    .into_piece()
}

/// The dark modules as a path, each run of a row as a rectangle.
fn modules(colors: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|it| **it == Color::Dark).count();
            if run > 0 {
                let numbers = [x + QUIET_MODULES, y + QUIET_MODULES, run].map(|it| it.to_string());
                let [left, top, length] = &numbers;
                for part in ["M", left, " ", top, "h", length, "v1h-", length, "z"] {
                    path.push_str(part);
                }
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_dark_modules_are_rectangles() {
        let colors = [
            [Color::Dark, Color::Dark, Color::Light],
            [Color::Light, Color::Light, Color::Dark],
        ];
        assert_eq!(
            modules(colors.as_flattened(), 3),
            "M4 4h2v1h-2zM6 5h1v1h-1z"
        );
    }
}
