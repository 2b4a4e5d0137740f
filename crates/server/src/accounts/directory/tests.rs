use super::*;
use accounts::{Action, Origin, Secret, authorize};

const NOW_MS: i64 = 1_768_472_000_000;

fn user(id: UserId, name: &str, role: Role) -> UserRow {
    UserRow {
        id,
        name: name.into(),
        role,
        origin: Origin::Local,
        password: None,
        totp: None,
        totp_pending: None,
        totp_step: None,
        totp_required: false,
        recovery: Vec::new(),
        preferences: "{}".into(),
        created_ms: NOW_MS,
        is_denied: false,
    }
}

fn session(id: i64, user: UserId, secret: &Secret) -> SessionRow {
    SessionRow {
        id,
        user,
        digest: *secret.digest().as_bytes(),
        created_ms: NOW_MS,
        used_ms: NOW_MS,
        address: "127.0.0.1".into(),
        user_agent: "a browser".into(),
    }
}

fn token(id: i64, user: Option<UserId>, secret: &Secret, scopes: &str) -> TokenRow {
    TokenRow {
        id,
        user,
        digest: *secret.digest().as_bytes(),
        name: "a token".into(),
        scopes: scopes.into(),
        created_ms: NOW_MS,
        expires_ms: Some(NOW_MS + 1_000),
        used_ms: None,
    }
}

fn sees_audit(principal: &Principal) -> bool {
    principal
        .access
        .allows(Stream::Events, Some(AUDIT_CHANNEL), 1)
}

#[test]
fn a_session_ends_when_it_is_not_used_and_in_any_case() {
    let (mut directory, secret) = (Directory::default(), Secret::random("ws_"));
    directory.put_user(user(1, "alice", Role::Viewer));
    directory.put_session(session(2, 1, &secret));
    let mut is_valid = |after_ms| {
        directory
            .by_session(&secret.digest(), NOW_MS + after_ms)
            .is_some()
    };
    assert!(is_valid(SESSION_IDLE_MS_MAX - 1));
    assert!(is_valid(2 * SESSION_IDLE_MS_MAX - 2), "used meanwhile");
    assert!(!is_valid(4 * SESSION_IDLE_MS_MAX));
    assert!(!is_valid(SESSION_MS_MAX));
    assert_eq!(directory.expired_sessions(NOW_MS + SESSION_MS_MAX), [2]);
}

#[test]
fn uses_are_stored_once_a_minute() {
    let (mut directory, secret) = (Directory::default(), Secret::random("ws_"));
    directory.put_user(user(1, "alice", Role::Viewer));
    directory.put_session(session(2, 1, &secret));
    directory.by_session(&secret.digest(), NOW_MS + 1_000);
    assert_eq!(directory.take_used(), (Vec::new(), Vec::new()));
    directory.by_session(&secret.digest(), NOW_MS + USED_EVERY_MS);
    assert_eq!(directory.take_used().0, [(2, NOW_MS + USED_EVERY_MS)]);
    assert_eq!(directory.take_used().0, []);
}

#[test]
fn a_token_expires_and_goes_with_its_user() {
    let (mut directory, secret) = (Directory::default(), Secret::random("wr_"));
    directory.put_user(user(1, "alice", Role::Admin));
    directory.put_token(token(2, Some(1), &secret, "read"));
    let digest = secret.digest();
    let principal = directory.by_token(&digest, NOW_MS).expect("a principal");
    assert!(!sees_audit(&principal), "its scope is only `read`");
    assert!(
        directory.by_token(&digest, NOW_MS + 1_000).is_none(),
        "expired"
    );
    directory.remove_user(1);
    assert!(directory.by_token(&digest, NOW_MS).is_none());
    assert!(directory.renewed(&principal, NOW_MS).is_none());
}

#[test]
fn a_role_is_followed_by_whoever_is_connected() {
    let (mut directory, secret) = (Directory::default(), Secret::random("ws_"));
    directory.put_user(user(1, "alice", Role::Admin));
    directory.put_session(session(2, 1, &secret));
    let connected = directory
        .by_session(&secret.digest(), NOW_MS)
        .expect("a principal");
    assert!(sees_audit(&connected));
    directory.put_user(user(1, "alice", Role::Operator));
    assert!(!sees_audit(&connected), "the same list");
    let now = directory
        .by_session(&secret.digest(), NOW_MS)
        .expect("a principal");
    assert!(authorize(&now, Action::ManageUsers).is_err());
    directory.put_user(user(1, "alice", Role::Admin));
    assert!(sees_audit(&connected));
}

#[test]
fn a_user_of_another_program_has_no_higher_role_than_its_row_and_may_be_denied() {
    let mut directory = Directory::default();
    directory.put_user(user(1, "jwt:bob", Role::Operator));
    let of =
        |directory: &Directory, role| directory.external(Credential::Jwt { user: 1 }, role, None);
    let role = |directory: &Directory, role| of(directory, role)?.role;
    assert_eq!(role(&directory, Role::Admin), Some(Role::Operator));
    assert_eq!(role(&directory, Role::Viewer), Some(Role::Viewer));
    directory.put_user(user(1, "jwt:bob", Role::Admin));
    assert!(sees_audit(
        &of(&directory, Role::Admin).expect("a principal")
    ));
    assert!(!sees_audit(
        &of(&directory, Role::Viewer).expect("a principal")
    ));
    directory.put_user(UserRow {
        is_denied: true,
        ..user(1, "jwt:bob", Role::Operator)
    });
    assert!(of(&directory, Role::Viewer).is_none());
}

#[test]
fn a_principal_is_renewed_as_it_is_now() {
    let (mut directory, secret) = (Directory::default(), Secret::random("ws_"));
    directory.put_user(user(1, "alice", Role::Admin));
    directory.put_session(session(2, 1, &secret));
    let admin = directory
        .by_session(&secret.digest(), NOW_MS)
        .expect("a principal");
    directory.put_user(user(1, "alice", Role::Viewer));
    let now = directory
        .renewed(&admin, NOW_MS)
        .expect("the session is there");
    assert_eq!(now.role, Some(Role::Viewer));
    directory.put_user(UserRow {
        totp_required: true,
        ..user(1, "alice", Role::Viewer)
    });
    let now = directory
        .renewed(&admin, NOW_MS)
        .expect("the session is there");
    assert!(
        authorize(&now, Action::Read).is_err(),
        "codes are required now"
    );
    let expired = Principal {
        expires_ms: Some(NOW_MS),
        ..admin.clone()
    };
    assert!(directory.renewed(&expired, NOW_MS).is_none());
    directory.remove_sessions(&[2]);
    assert!(directory.renewed(&admin, NOW_MS).is_none());
}

#[test]
fn open_connections_count_as_use() {
    let (mut directory, secret) = (Directory::default(), Secret::random("ws_"));
    directory.put_user(user(1, "alice", Role::Viewer));
    directory.put_session(session(2, 1, &secret));
    directory.use_sessions(&[2], NOW_MS + SESSION_IDLE_MS_MAX - 1);
    let expired = directory.expired_sessions(NOW_MS + SESSION_IDLE_MS_MAX);
    assert!(expired.is_empty());
}

#[test]
fn ids_are_never_those_of_others() {
    let rows = store::Accounts {
        users: vec![user(7, "alice", Role::Admin)],
        sessions: vec![session(9, 7, &Secret::random(""))],
        ..store::Accounts::default()
    };
    let mut directory = Directory::new(rows);
    assert_eq!(directory.next_id(), 10);
    directory.remove_sessions(&[9]);
    assert_eq!(directory.next_id(), 11);
    assert!(directory.named("ALICE").is_some());
}
