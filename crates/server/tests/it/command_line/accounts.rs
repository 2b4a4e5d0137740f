//! `watchroom user` and `watchroom token`, and that no secret is shown.

use super::{Finished, Running, Workplace};
use crate::accounts::Codes;
use data_encoding::{BASE32_NOPAD, BASE64};
use protocol::Timestamp;
use protocol::account::{RecoveryCodes, Role, SignInResponse, Ticket, UserList};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

const DATA: &str = "--data-dir=data";

/// Serves with the most verbose log.
fn serve(workplace: &Workplace) -> Running {
    let args = [
        "serve",
        "--demo",
        "--demo-days=0",
        "--listen",
        "127.0.0.1:0",
        DATA,
        "--log=trace",
    ];
    let log = std::fs::File::create(workplace.path().join("log")).unwrap();
    let mut command = workplace.command(&args);
    command.env("JWT_SECRET", JWT_SECRET).stderr(log);
    Running::start(&mut command)
}

const PASSWORD: &str = "planted-password-4711";
const JWT_SECRET: &str = "planted-jwt-secret-of-more-than-32-bytes";

fn with_password(workplace: &Workplace, args: &[&str]) -> Finished {
    workplace.write("password", PASSWORD);
    let args = [args, &["--password-file", "password", DATA]].concat();
    workplace.run(&args)
}

/// A request, and the whole response.
fn request(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    socket.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn users_and_tokens_are_managed_while_the_server_runs() {
    let workplace = Workplace::new();
    let server = serve(&workplace);
    let link = workplace.run(&["user", "setup-link", DATA]);
    assert!(link.stdout.contains("/setup#"), "{link:?}");
    let added = with_password(&workplace, &["user", "add", "alice", "--role=admin"]);
    assert_eq!(added.stdout, "alice  admin, never seen\n", "{added:?}");
    let again = with_password(&workplace, &["user", "add", "Alice"]);
    again.failed_with(&["there is a user of the name \"Alice\""]);
    workplace
        .run(&["user", "setup-link", DATA])
        .failed_with(&["there is a user already"]);
    with_password(&workplace, &["user", "add", "bob"]);
    assert!(
        workplace
            .run(&["user", "role", "bob", "operator", DATA])
            .status
            .success()
    );
    let list = workplace.run(&["user", "list", "--json", DATA]).stdout;
    let list: UserList = serde_json::from_str(&list).unwrap();
    assert_eq!(list.users[1].name, "bob");
    assert_eq!(list.users[1].role, Role::Operator);
    let token = workplace
        .run(&["token", "create", "ci", "--scope=ingest", DATA])
        .stdout;
    assert!(token.starts_with("wr_"), "{token}");
    let tokens = workplace.run(&["token", "list", DATA]).stdout;
    assert!(tokens.contains("ci  ingest  of the server"), "{tokens}");
    let id = tokens.split(' ').next().unwrap();
    assert_eq!(
        workplace.run(&["token", "revoke", id, DATA]).stdout,
        "done\n"
    );
    assert_eq!(
        workplace.run(&["user", "remove", "bob", DATA]).stdout,
        "done\n"
    );
    workplace
        .run(&["user", "remove", "bob", DATA])
        .failed_with(&["there is no user of that name"]);
    assert!(server.terminate().status.success());
    workplace
        .run(&["user", "list", DATA])
        .failed_with(&["control.sock", "it has to run"]);
}

#[test]
fn no_secret_is_shown_anywhere() {
    let workplace = Workplace::new();
    let server = serve(&workplace);
    let address = server.address;
    let link = workplace.run(&["user", "setup-link", DATA]).stdout;
    let key = link.trim().rsplit('#').next().unwrap().to_owned();
    let set_up = format!(r#"{{"key":"{key}","name":"alice","password":"{PASSWORD}"}}"#);
    let answer = request(address, "POST", "/api/v1/auth/setup", "", &set_up);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        matches!(serde_json::from_str(body), Ok(SignInResponse::SignedIn(_))),
        "{answer}"
    );
    let again = request(address, "POST", "/api/v1/auth/setup", "", &set_up);
    assert!(
        again.starts_with("HTTP/1.1 401"),
        "a setup link counts once: {again}"
    );
    let cookie = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let session = pair.split_once('=').unwrap().1.to_owned();
    let headers = format!("Cookie: {pair}\r\n");
    let totp = request(address, "POST", "/api/v1/account/totp", &headers, "");
    let seed = totp
        .split("\"secret\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let confirmation = format!(r#"{{"code":"{}"}}"#, Codes::of(&seed).now());
    let path = "/api/v1/account/totp/confirm";
    let confirmed = request(address, "POST", path, &headers, &confirmation);
    let (_, body) = confirmed.split_once("\r\n\r\n").unwrap();
    let codes = serde_json::from_str::<RecoveryCodes>(body).unwrap().codes;
    let token = workplace
        .run(&["token", "create", "ci", "--scope=read", DATA])
        .stdout;
    let token = token.trim().to_owned();
    let ticket = request(address, "POST", "/api/v1/auth/ticket", &headers, "");
    let (_, body) = ticket.split_once("\r\n\r\n").unwrap();
    let ticket = serde_json::from_str::<Ticket>(body).unwrap().ticket;
    let basic = BASE64.encode(format!("telegraf:{token}").as_bytes());
    let by_basic = format!("Authorization: Basic {basic}\r\n");
    let refused = request(address, "POST", "/api/v2/write", &by_basic, "a b=1");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let sign_in = format!(
        r#"{{"name":"alice","password":"{PASSWORD}","code":"{}"}}"#,
        codes[0]
    );
    let jwt = request(address, "POST", "/api/v1/auth/token", "", &sign_in);
    let jwt = jwt
        .split("\"token\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let wrong = r#"{"name":"alice","password":"planted-wrong-password"}"#;
    request(address, "POST", "/api/v1/auth/login", "", wrong);
    request(
        address,
        "GET",
        &format!("/api/v1/hosts?token={token}"),
        "",
        "",
    );

    let mut secrets = vec![
        PASSWORD,
        "planted-wrong-password",
        JWT_SECRET,
        &key,
        &session,
        &seed,
        &token,
        &jwt,
        &ticket,
        &basic,
    ];
    secrets.extend(codes.iter().map(String::as_str));
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let now = Timestamp::now();
    for path in [
        "/".to_owned(),
        "/login".into(),
        "/account".into(),
        "/api/v1/users".into(),
        "/api/v1/tokens".into(),
        "/api/v1/account".into(),
        "/api/v1/account/sessions".into(),
        "/api/v1/journal?stream=events".into(),
        format!("/api/v1/at?time={now}"),
        "/readyz".into(),
    ] {
        for headers in [&headers, &bearer, ""] {
            let answer = request(address, "GET", &path, headers, "");
            check(&path, answer.as_bytes(), &secrets);
        }
    }
    let shown = workplace.run(&["config", "show", DATA]);
    check("config show", shown.stdout.as_bytes(), &secrets);
    for args in [
        ["user", "list", "--json", DATA],
        ["token", "list", "--json", DATA],
    ] {
        let listed = workplace.run(&args);
        check("a list", listed.stdout.as_bytes(), &secrets);
    }
    let backup = workplace.run(&["backup", "copy.db", DATA]);
    assert!(backup.status.success(), "{backup:?}");
    check("a backup's output", backup.stdout.as_bytes(), &secrets);
    let copy = std::fs::read(workplace.path().join("copy.db")).unwrap();
    check("a backup", &copy, &secrets);
    let finished = server.terminate();
    assert!(finished.status.success());
    check("standard output", finished.stdout.as_bytes(), &secrets);
    let log = std::fs::read(workplace.path().join("log")).unwrap();
    check("the log", &log, &secrets);
    // The store has to have it as it is.
    let raw = BASE32_NOPAD.decode(seed.as_bytes()).unwrap();
    let is_there = log.windows(raw.len()).any(|it| it == raw);
    assert!(!is_there, "the seed is in the log as it is stored");
    for file in files(&workplace.path().join("data")) {
        check(
            &file.display().to_string(),
            &std::fs::read(&file).unwrap(),
            &secrets,
        );
    }
}

#[track_caller]
fn check(place: &str, content: &[u8], secrets: &[&str]) {
    for secret in secrets {
        let found = content
            .windows(secret.len())
            .any(|it| it == secret.as_bytes());
        assert!(!found, "{secret:?} is in {place}");
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.path())
        .collect()
}
