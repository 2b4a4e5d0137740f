//! Presence and typing.

use super::*;

async fn present(viewer: &mut RawViewer, state: &str, page: &str) {
    viewer
        .say(&format!(
            r#"{{"type":"presence","state":"{state}","place":{{"page":"{page}","live":true}}}}"#
        ))
        .await;
}

/// Reads until somebody is, or is not, among those who are here.
async fn until_present(viewer: &mut RawViewer, name: &str, is_present: bool) -> String {
    soon("a presence", async {
        loop {
            let text = until(viewer, r#"{"type":"presence""#).await;
            let newest = text.lines().last().unwrap_or_default();
            if newest.contains(&format!(r#""name":"{name}""#)) == is_present {
                return newest.to_owned();
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_is_present_once_until_its_last_page_is_closed() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let mut first = connect(&server, &ada).await;
    present(&mut first, "active", "/").await;
    until_present(&mut first, "ada", true).await;
    let mut second = connect(&server, &ada).await;
    present(&mut second, "idle", "/alerts").await;
    let mut other = connect(&server, &bo).await;
    present(&mut other, "active", "/hosts").await;
    let all = until_present(&mut first, "bo", true).await;
    assert_eq!(all.matches(r#""name":"ada""#).count(), 1, "{all}");
    assert!(
        all.contains(r#""state":"active","place":{"page":"/""#),
        "{all}"
    );
    // One that is hidden still sees the others.
    present(&mut other, "hidden", "/hosts").await;
    until_present(&mut first, "bo", false).await;
    until_present(&mut other, "ada", true).await;
    drop(first);
    drop(second);
    until_present(&mut other, "ada", false).await;
    // Not for programs.
    let token = crate::support::account::create_token(&server, &admin, &["read"]).await;
    let mut bot = connect(&server, &Credentials::bearer(&token.token)).await;
    present(&mut bot, "active", "/").await;
    until(&mut bot, "not_available").await;
    server.drain((other, bot)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_see_the_range_of_time_that_somebody_looks_at() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let mut looking = connect(&server, &ada).await;
    let mut other = connect(&server, &bo).await;
    present(&mut other, "active", "/").await;
    for range in [
        "now-5m",
        "2026-01-15T03:00:00Z/2026-01-15T04:00:00Z",
        "now-1h",
    ] {
        let place = format!(r#""place":{{"page":"/","range":"{range}","live":true}}"#);
        let presence = format!(r#"{{"type":"presence","state":"active",{place}}}"#);
        looking.say(&presence).await;
        until(&mut other, &place).await;
    }
    for range in [
        "today",
        "now-0m",
        "2026-01-15T04:00:00Z/2026-01-15T03:00:00Z",
    ] {
        let place = format!(r#"{{"page":"/","range":"{range}","live":true}}"#);
        let presence = format!(
            r#"{{"type":"presence","state":"active","place":{place},"correlation_id":"{range}"}}"#
        );
        looking.say(&presence).await;
        let refused = until(&mut looking, r#""type":"error""#).await;
        assert!(
            refused.contains("`range` is a range of time, such as `now-5m`"),
            "{refused}"
        );
    }
    // What was refused has changed nothing.
    present(&mut other, "idle", "/alerts").await;
    let all = until(&mut other, r#""page":"/alerts""#).await;
    let newest = all.lines().last().unwrap_or_default();
    assert!(newest.contains(r#""range":"now-1h""#), "{newest}");
    server.drain((looking, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_members_see_who_types_in_a_private_room() {
    let (server, _, [ada, bo, cy]) = with_users(["ada", "bo", "cy"]).await;
    let room = create(&server, &ada, "private", "a", &["bo"]).await;
    let mut viewers = Vec::new();
    for user in [&ada, &bo, &cy] {
        let mut viewer = connect(&server, user).await;
        viewer
            .say(r#"{"type":"typing","room":"r1","correlation_id":"early"}"#)
            .await;
        let refused = until(&mut viewer, "early").await;
        assert!(refused.contains("send `presence` first"), "{refused}");
        present(&mut viewer, "active", "/").await;
        until(&mut viewer, r#"{"type":"presence""#).await;
        viewers.push(viewer);
    }
    let [typing, member, other] = &mut viewers[..] else {
        panic!("three viewers")
    };
    typing
        .say(&format!(r#"{{"type":"typing","room":"{room}"}}"#))
        .await;
    let seen = until(member, r#"{"type":"typing""#).await;
    assert!(
        seen.contains(&format!(r#""room":"{room}","people":[{{"#)),
        "{seen}"
    );
    // One that joins sees it, and one that is removed nothing of what comes after that.
    let members = format!("/api/v1/rooms/{room}/members");
    let added = send(&server, &ada, "POST", &members, &json!({"name": "cy"})).await;
    assert_eq!(added.status, 204, "{added:?}");
    until(other, &format!(r#""room":"{room}","people":[{{"#)).await;
    let removed = ask(&server, &ada, "DELETE", &format!("{members}/cy")).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    received(other).await;
    // It ends with what is said.
    say(&server, &ada, &room, "done").await;
    until(member, &format!(r#""room":"{room}","people":[]"#)).await;
    typing.say(r#"{"type":"typing","room":"r1"}"#).await;
    let seen = until(other, r#"{"type":"typing""#).await;
    assert!(!seen.contains(&room), "{seen}");
    for unknown in [room.as_str(), "r99"] {
        other
            .say(&format!(
                r#"{{"type":"typing","room":"{unknown}","correlation_id":"{unknown}"}}"#
            ))
            .await;
        let refused = until(other, &format!(r#""correlation_id":"{unknown}""#)).await;
        assert!(refused.contains("there is no such room"), "{refused}");
    }
    server.drain(viewers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_hidden_anywhere_is_not_shown_and_types_unseen() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let mut other = connect(&server, &bo).await;
    present(&mut other, "active", "/").await;
    let mut first = connect(&server, &ada).await;
    present(&mut first, "active", "/").await;
    until_present(&mut other, "ada", true).await;
    let mut second = connect(&server, &ada).await;
    present(&mut second, "hidden", "/").await;
    until_present(&mut other, "ada", false).await;
    first
        .say(r#"{"type":"typing","room":"r1","correlation_id":"hidden"}"#)
        .await;
    received(&mut first).await;
    // Somebody else's typing shows that hers would have arrived.
    other.say(r#"{"type":"typing","room":"r1"}"#).await;
    let seen = until(&mut other, r#"{"type":"typing""#).await;
    let newest = seen.lines().last().unwrap();
    assert!(newest.contains(r#""name":"bo""#), "{newest}");
    assert!(!newest.contains(r#""name":"ada""#), "{newest}");
    present(&mut second, "idle", "/").await;
    until_present(&mut other, "ada", true).await;
    server.drain((first, second, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_types_in_an_archived_room() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "public", "Old", &[]).await;
    let archived = json!({"is_archived": true});
    let path = format!("/api/v1/rooms/{room}");
    let changed = send(&server, &ada, "PATCH", &path, &archived).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    let mut viewer = connect(&server, &bo).await;
    present(&mut viewer, "active", "/").await;
    until_present(&mut viewer, "bo", true).await;
    for room in [room.as_str(), "r1"] {
        viewer
            .say(&format!(r#"{{"type":"typing","room":"{room}"}}"#))
            .await;
    }
    let seen = until(&mut viewer, r#"{"type":"typing""#).await;
    let newest = seen.lines().last().unwrap();
    assert!(newest.contains(r#""room":"r1""#), "{newest}");
    server.drain(viewer).await;
}
