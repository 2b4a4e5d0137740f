//! Attempts that take more than one request: on sessions, cookies and passwords.

use super::target::{Target, USER};
use crate::support::account::{Credentials, PASSWORD};
use crate::support::{Answer, exchange_over};

/// What was tried, and what was wrong.
pub(super) type Tried = (&'static str, Result<(), String>);

/// The longest that a sign-in may be delayed, as documented.
const DELAY_S_MAX: u64 = 61;

/// Tries everything; the guesses come last, as the delays after them concern all sign-ins.
pub(super) async fn try_all(target: &Target) -> Vec<Tried> {
    let signed_in = target.sign_in(&Credentials::none(), PASSWORD).await;
    let session = Credentials::of_cookie(&signed_in);
    vec![
        ("the attributes of the cookie", attributes(&signed_in)),
        ("session fixation", fixation(target, &session).await),
        ("two cookies", two_cookies(target, &session).await),
        (
            "a cookie and a token",
            cookie_and_token(target, &session).await,
        ),
        ("a cookie of another name", renamed(target, &session).await),
        (
            "a form of another site",
            foreign_form(target, &session).await,
        ),
        (
            "a form of http at https",
            form_without_tls(target, &session).await,
        ),
        ("a session after its end", ended(target).await),
        ("guessed passwords", guesses(target).await),
    ]
}

fn expect(answer: &Answer, status: u16) -> Result<(), String> {
    match answer.status == status {
        true => Ok(()),
        false => Err(format!(
            "{} instead of {status}: {}",
            answer.status, answer.body
        )),
    }
}

fn attributes(signed_in: &Answer) -> Result<(), String> {
    let cookie = signed_in.header("Set-Cookie").unwrap_or_default();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        if !cookie.contains(attribute) {
            return Err(format!("{attribute} is missing: {cookie}"));
        }
    }
    match signed_in.header("Cache-Control") {
        Some("no-store") => Ok(()),
        other => Err(format!("the response may be cached: {other:?}")),
    }
}

/// Somebody has set the visitor's cookie before the sign-in, and knows it.
async fn fixation(target: &Target, session: &Credentials) -> Result<(), String> {
    let (name, _) = session.0.split_once('=').unwrap_or_default();
    let fixed = Credentials(format!("{name}=ws_fixed\r\n"));
    let signed_in = target.sign_in(&fixed, PASSWORD).await;
    expect(&signed_in, 200)?;
    if Credentials::of_cookie(&signed_in).secret() == "ws_fixed" {
        return Err("the session has the secret that was set before".into());
    }
    expect(&target.get(&fixed, "/api/v1/hosts", "").await, 401)?;
    // A session that is signed in already is not continued either.
    let again = target.sign_in(session, PASSWORD).await;
    expect(&again, 200)?;
    match Credentials::of_cookie(&again).secret() == session.secret() {
        true => Err("a second sign-in has the same secret".into()),
        false => Ok(()),
    }
}

/// A page of a neighbouring name can set a cookie for this one, too: of two, none counts.
async fn two_cookies(target: &Target, session: &Credentials) -> Result<(), String> {
    let pair = session.0.trim_end().trim_start_matches("Cookie: ");
    let (name, _) = pair.split_once('=').unwrap_or_default();
    for cookies in [
        format!("Cookie: {name}=ws_fixed; {pair}\r\n"),
        format!("Cookie: {pair}; {name}=ws_fixed\r\n"),
        format!("Cookie: {pair}\r\nCookie: {name}=ws_fixed\r\n"),
    ] {
        let answer = target.get(&Credentials(cookies), "/api/v1/hosts", "").await;
        expect(&answer, 401)?;
    }
    Ok(())
}

async fn cookie_and_token(target: &Target, session: &Credentials) -> Result<(), String> {
    let both = Credentials(format!("{}{}", session.0, target.credentials.0));
    expect(&target.get(&both, "/api/v1/hosts", "").await, 400)
}

/// Over HTTPS only the cookie counts that HTTPS has set.
async fn renamed(target: &Target, session: &Credentials) -> Result<(), String> {
    let over_tls = "X-Forwarded-Proto: https\r\n";
    expect(&target.get(session, "/api/v1/hosts", over_tls).await, 401)?;
    let prefixed = Credentials(session.0.replace("Cookie: ", "Cookie: __Host-"));
    expect(&target.get(&prefixed, "/api/v1/hosts", "").await, 401)
}

/// Cross-site request forgery: the browser adds the cookie.
async fn foreign_form(target: &Target, session: &Credentials) -> Result<(), String> {
    let post = async |headers: &str| {
        let request = format!(
            "POST /api/v1/auth/logout HTTP/1.1\r\nHost: {}\r\n{}{headers}Content-Length: 0\r\n\
             Connection: close\r\n\r\n",
            target.address(),
            session.0
        );
        exchange_over(target.connect().await, &request).await
    };
    expect(&post("Origin: https://elsewhere.example\r\n").await, 403)?;
    expect(&post("Origin: null\r\n").await, 403)
}

async fn form_without_tls(target: &Target, session: &Credentials) -> Result<(), String> {
    let prefixed = session.0.replace("Cookie: ", "Cookie: __Host-");
    let host = target.address();
    let request = format!(
        "POST /api/v1/auth/logout HTTP/1.1\r\nHost: {host}\r\n{prefixed}X-Forwarded-Proto: https\r\n\
         Origin: http://{host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    expect(&exchange_over(target.connect().await, &request).await, 403)
}

async fn ended(target: &Target) -> Result<(), String> {
    let session = Credentials::of_cookie(&target.sign_in(&Credentials::none(), PASSWORD).await);
    expect(&target.get(&session, "/api/v1/hosts", "").await, 200)?;
    let out = target.post(&session, "/api/v1/auth/logout", &()).await;
    expect(&out, 204)?;
    expect(&target.get(&session, "/api/v1/hosts", "").await, 401)
}

/// However fast somebody guesses, few passwords are tried, and it does not show whether the user exists.
async fn guesses(target: &Target) -> Result<(), String> {
    let none = Credentials::none();
    let mut tried = 0;
    for guess in 0..50 {
        let answer = target
            .sign_in(&none, &format!("guess number {guess}"))
            .await;
        match answer.status {
            401 => tried += 1,
            429 => {
                let after = answer
                    .header("Retry-After")
                    .and_then(|it| it.parse::<u64>().ok());
                if !after.is_some_and(|seconds| (1..=DELAY_S_MAX).contains(&seconds)) {
                    return Err(format!("no delay: {after:?}"));
                }
            }
            status => return Err(format!("{status} for a guess: {}", answer.body)),
        }
        if answer.body.contains(USER) {
            return Err(format!("the answer names the user: {}", answer.body));
        }
    }
    match tried {
        // How many depends on how long the machine takes for them.
        1..50 => Ok(()),
        _ => Err(format!("{tried} of 50 guesses were tried")),
    }
}
