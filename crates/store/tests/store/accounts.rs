//! Users, sessions and tokens.

use crate::support::Place;
use protocol::account::{Origin, Role};
use store::{Accounts, SessionRow, Store, StoreError, TokenRow, UserRow};

on_both!(
    accounts_are_read_as_they_were_written,
    a_row_with_the_same_id_is_replaced,
    names_and_digests_are_unique,
    names_that_others_give_are_exact,
    a_user_is_removed_with_its_sessions_and_tokens,
    sessions_and_tokens_are_removed,
    the_last_use_is_set,
    a_required_login_stays_required,
    a_row_that_cannot_be_read_is_named,
    texts_may_contain_any_character,
);

pub(super) fn user(id: i64, name: &str) -> UserRow {
    UserRow {
        id,
        name: name.to_owned(),
        role: Role::Viewer,
        origin: Origin::Local,
        password: Some(format!("$argon2id$hash-of-{name}")),
        totp: None,
        totp_pending: None,
        totp_step: None,
        totp_required: false,
        recovery: Vec::new(),
        preferences: "{}".to_owned(),
        created_ms: 1_000 + id,
        is_denied: false,
    }
}

pub(super) fn session(id: i64, user: i64) -> SessionRow {
    SessionRow {
        id,
        user,
        digest: digest("session", id),
        created_ms: 2_000,
        used_ms: 3_000,
        address: "192.0.2.7".to_owned(),
        user_agent: "Mozilla/5.0".to_owned(),
    }
}

pub(super) fn token(id: i64, user: Option<i64>) -> TokenRow {
    TokenRow {
        id,
        user,
        digest: digest("token", id),
        name: "backups".to_owned(),
        scopes: "read beat:backup".to_owned(),
        created_ms: 2_000,
        expires_ms: Some(9_000),
        used_ms: None,
    }
}

/// Bytes that are found again in a file.
fn digest(kind: &str, id: i64) -> [u8; 32] {
    let text = format!("{:-<32}", format!("digest of {kind} {id} "));
    text.into_bytes().try_into().unwrap()
}

/// Two users with two sessions and a token each, and a token of the server's.
pub(super) async fn fill(store: &dyn Store) -> Accounts {
    let everything = UserRow {
        role: Role::Admin,
        origin: Origin::Proxy,
        password: None,
        totp: Some(vec![0; 20]),
        totp_pending: Some(vec![255; 20]),
        totp_step: Some(60_000_000),
        totp_required: true,
        recovery: vec![digest("code", 1), digest("code", 2)],
        preferences: r#"{"theme":"dark"}"#.to_owned(),
        is_denied: true,
        ..user(2, "proxy:Bert")
    };
    let accounts = Accounts {
        users: vec![user(1, "Anna"), everything],
        sessions: vec![session(1, 1), session(2, 1), session(3, 2), session(4, 2)],
        tokens: vec![
            token(1, Some(1)),
            token(2, Some(2)),
            TokenRow {
                expires_ms: None,
                used_ms: Some(4_000),
                ..token(3, None)
            },
        ],
        login_required: false,
    };
    for user in &accounts.users {
        store.put_user(user).await.unwrap();
    }
    for session in &accounts.sessions {
        store.put_session(session).await.unwrap();
    }
    for token in &accounts.tokens {
        store.put_token(token).await.unwrap();
    }
    accounts
}

async fn accounts_are_read_as_they_were_written(place: &Place) {
    let store = place.begin().await;
    assert_eq!(store.accounts().await.unwrap(), Accounts::default());
    let written = fill(&*store).await;
    assert_eq!(store.accounts().await.unwrap(), written);
    store.finish(0).await.unwrap();
    drop(store);
    assert_eq!(place.open().await.accounts().await.unwrap(), written);
}

async fn a_row_with_the_same_id_is_replaced(place: &Place) {
    let store = place.begin().await;
    let mut expected = fill(&*store).await;
    expected.users[1] = user(2, "Carl");
    expected.sessions[0].used_ms = 9_999;
    expected.tokens[0].name = "screens".to_owned();
    store.put_user(&expected.users[1]).await.unwrap();
    store.put_session(&expected.sessions[0]).await.unwrap();
    store.put_token(&expected.tokens[0]).await.unwrap();
    assert_eq!(store.accounts().await.unwrap(), expected);
}

#[track_caller]
fn assert_faulty(result: Result<(), StoreError>) {
    assert!(matches!(result, Err(StoreError::Faulty(_))), "{result:?}");
}

async fn names_and_digests_are_unique(place: &Place) {
    let store = place.begin().await;
    let expected = fill(&*store).await;
    assert_faulty(store.put_user(&user(3, "aNNA")).await);
    assert_faulty(store.put_user(&user(2, "anna")).await);
    let same = SessionRow {
        digest: digest("session", 1),
        ..session(9, 1)
    };
    assert_faulty(store.put_session(&same).await);
    let same = TokenRow {
        digest: digest("token", 1),
        ..token(9, None)
    };
    assert_faulty(store.put_token(&same).await);
    assert_faulty(store.put_session(&session(9, 77)).await);
    assert_faulty(store.put_token(&token(9, Some(77))).await);
    assert_eq!(store.accounts().await.unwrap(), expected);
}

async fn names_that_others_give_are_exact(place: &Place) {
    let store = place.begin().await;
    let named = |id, name| UserRow {
        origin: Origin::Jwt,
        password: None,
        ..user(id, name)
    };
    let expected = vec![named(1, "jwt:bob"), named(2, "jwt:Bob"), user(3, "bob")];
    for user in &expected {
        store.put_user(user).await.unwrap();
    }
    assert_faulty(store.put_user(&named(4, "jwt:Bob")).await);
    assert_eq!(store.accounts().await.unwrap().users, expected);
}

async fn a_user_is_removed_with_its_sessions_and_tokens(place: &Place) {
    let store = place.begin().await;
    let mut expected = fill(&*store).await;
    store.remove_user(1).await.unwrap();
    store.remove_user(77).await.unwrap();
    expected.users.retain(|user| user.id != 1);
    expected.sessions.retain(|session| session.user != 1);
    expected.tokens.retain(|token| token.user != Some(1));
    assert_eq!(store.accounts().await.unwrap(), expected);
    store.put_user(&user(5, "anna")).await.unwrap();
}

async fn sessions_and_tokens_are_removed(place: &Place) {
    let store = place.begin().await;
    let mut expected = fill(&*store).await;
    store.remove_sessions(&[1, 3, 77]).await.unwrap();
    store.remove_sessions(&[]).await.unwrap();
    store.remove_token(2).await.unwrap();
    expected
        .sessions
        .retain(|session| ![1, 3].contains(&session.id));
    expected.tokens.retain(|token| token.id != 2);
    assert_eq!(store.accounts().await.unwrap(), expected);
}

async fn the_last_use_is_set(place: &Place) {
    let store = place.begin().await;
    let mut expected = fill(&*store).await;
    let (sessions, tokens) = ([(1, 5_000), (3, 6_000), (77, 7_000)], [(1, 8_000)]);
    store.touch(&sessions, &tokens).await.unwrap();
    expected.sessions[0].used_ms = 5_000;
    expected.sessions[2].used_ms = 6_000;
    expected.tokens[0].used_ms = Some(8_000);
    assert_eq!(store.accounts().await.unwrap(), expected);
}

async fn a_required_login_stays_required(place: &Place) {
    let store = place.begin().await;
    store.put_login_required().await.unwrap();
    store.put_login_required().await.unwrap();
    assert!(store.accounts().await.unwrap().login_required);
    store.finish(0).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert!(store.start().await.unwrap().was_clean);
    assert!(store.accounts().await.unwrap().login_required);
}

async fn a_row_that_cannot_be_read_is_named(place: &Place) {
    let store = place.begin().await;
    fill(&*store).await;
    for (damage, repair, named) in [
        (
            "UPDATE {}account SET role = 'boss' WHERE id = 2",
            "UPDATE {}account SET role = 'admin' WHERE id = 2",
            "user with the id 2: there is no role `boss`",
        ),
        (
            "UPDATE {}account SET origin = 'ldap' WHERE id = 1",
            "UPDATE {}account SET origin = 'local' WHERE id = 1",
            "user with the id 1: there is no origin `ldap`",
        ),
        (
            "UPDATE {}account SET recovery = substr(recovery, 1, 33) WHERE id = 2",
            "UPDATE {}account SET recovery = substr(recovery, 1, 32) WHERE id = 2",
            "user with the id 2: its recovery codes have 33 bytes",
        ),
        (
            "UPDATE {}session SET digest = substr(digest, 1, 5) WHERE id = 4",
            "DELETE FROM {}session WHERE id = 4",
            "session with the id 4: its digest has 5 bytes",
        ),
        (
            "UPDATE {}token SET digest = substr(digest, 1, 5) WHERE id = 3",
            "DELETE FROM {}token WHERE id = 3",
            "token with the id 3: its digest has 5 bytes",
        ),
    ] {
        place.execute(damage).await;
        let error = store.accounts().await.unwrap_err();
        assert!(matches!(error, StoreError::Faulty(_)), "{error}");
        assert!(error.to_string().contains(named), "{error}");
        place.execute(repair).await;
        store.accounts().await.unwrap();
    }
}

async fn texts_may_contain_any_character(place: &Place) {
    let store = place.begin().await;
    let named = |id, name| UserRow {
        password: None,
        ..user(id, name)
    };
    store.put_user(&named(1, "jwt:Ärger\0💥'")).await.unwrap();
    let browser = SessionRow {
        user_agent: "a\0b".to_owned(),
        ..session(1, 1)
    };
    store.put_session(&browser).await.unwrap();
    let found = store.accounts().await.unwrap();
    assert_eq!(found.users[0].name, "jwt:Ärger\u{fffd}💥'");
    assert_eq!(found.sessions[0].user_agent, "a\u{fffd}b");
    assert_faulty(store.put_user(&named(2, "JWT:Ärger\0💥'")).await);
}

#[test]
fn rows_do_not_show_what_is_secret() {
    let user = UserRow {
        totp: Some(vec![42; 20]),
        totp_pending: Some(vec![43; 20]),
        recovery: vec![[44; 32]],
        ..user(1, "Anna")
    };
    let shown = format!("{user:?} {:?} {:?}", session(1, 1), token(1, None));
    for part in ["Anna", "has_totp: true", "Mozilla", "beat:backup"] {
        assert!(shown.contains(part), "{shown}");
    }
    for part in ["argon2id", "42", "43", "44", "100, 105", "digest"] {
        assert!(!shown.contains(part), "{shown}");
    }
}
