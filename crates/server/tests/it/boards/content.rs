//! Importing and exporting.

use super::*;

async fn import(server: &TestServer, by: &Credentials, content: &impl Serialize) -> Answer {
    let new = json!({"title": "Imported", "visibility": "team", "content": content});
    send(server, by, "POST", "/api/v1/boards", &new).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_an_import() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let operations = json!([added("w1", 0), added("w2", 6), {"op": "set_time", "time": "1h"}]);
    edit(&server, &admin, &board, &operations).await;
    let exported = document(&server, &admin, &board).await.board;
    let imported = import(&server, &admin, &exported).await;
    assert_eq!(imported.status, 201, "{imported:?}");
    let imported: BoardDocument = parsed(&imported);
    assert_ne!(imported.info.id, board);
    assert_eq!(
        (imported.info.title.as_str(), imported.info.widgets),
        ("Imported", 2)
    );
    let expected = Board {
        id: imported.info.id.clone(),
        title: "Imported".into(),
        version: imported.info.version,
        ..exported
    };
    assert_eq!(imported.board, expected);
    let mut viewer = follow(&server, &admin).await;
    let end = format!(r#""seq":{},"#, imported.info.version);
    let mut follower = Follower::default();
    follower.follow(&imported.info.id, &until(&mut viewer, &end).await);
    assert_eq!(follower.board, expected, "from the stream alone");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_named_with_its_place() {
    let (server, admin, []) = with_users([]).await;
    let with = |widget: &str| {
        format!(
            r#"{{"widgets":{{"w1":{widget}}},"sections":[{{"id":"s1","layout":"grid","items":[{{"widget":"w1","x":0,"y":0,"w":6,"h":4}}]}}]}}"#
        )
    };
    let plain = with(r#"{"kind":"text","title":"a"}"#);
    for (content, why) in [
        (
            with(r#"{"kind":"text"}"#),
            "`content.widgets.w1`: missing field `title`",
        ),
        (
            with(r#"{"kind":"text","title":"a","options":{"decimals":-1}}"#),
            "`content.widgets.w1.options.decimals`: invalid value",
        ),
        (
            with(r#"{"kind":"text","title":"a","options":{"decimals":9}}"#),
            "`content`: widget `w1`: decimals is at most 6",
        ),
        (
            with(r#"{"kind":"chart","title":"a","series":["load1{"]}"#),
            "`content.widgets.w1.series[0]`: ",
        ),
        (
            plain.replace(r#""layout":"grid""#, r#""layout":"heap""#),
            "`content.sections[0].layout`: unknown variant `heap`",
        ),
        (
            plain.replace(r#""items":[{"widget":"w1""#, r#""items":[{"widget":"w2""#),
            "`content`: section `s1`: no widget `w2`",
        ),
        (
            r#"{"widgets":{},"sections":[]}"#.into(),
            "at least one section",
        ),
        ("7".into(), "`content`: invalid type: integer `7`"),
    ] {
        let content = serde_json::value::RawValue::from_string(content).unwrap();
        let answer = import(&server, &admin, &content).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        let body = answer.body.replace("\\\"", "\"");
        assert!(body.contains(why), "{why}: {answer:?}");
    }
    let content = serde_json::value::RawValue::from_string(plain).unwrap();
    assert_eq!(import(&server, &admin, &content).await.status, 201);
    let request = format!(
        "POST /api/v1/boards HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: 10\r\n{}\r\n{{\"title\":,",
        server.address(),
        admin.0
    );
    let answer = crate::support::exchange(&server, &request).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("column 10"), "{answer:?}");
    for title in ["", " ", &"a".repeat(101)] {
        let new = json!({"title": title, "visibility": "team"});
        let answer = send(&server, &admin, "POST", "/api/v1/boards", &new).await;
        assert_eq!(answer.status, 422, "{answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_has_a_limited_size() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let text = "a".repeat(16 << 10);
    let add = |number: usize| {
        let widget = format!("w{number}");
        json!([
            {"op": "add", "section": "s1", "item": {"widget": widget, "x": 0, "y": 0, "w": 12, "h": 1},
             "widget": {"kind": "text", "title": "a", "options": {"text": text}}},
        ])
    };
    for number in 0..15 {
        edit(&server, &admin, &board, &add(number)).await;
    }
    let refused = try_edit(&server, &admin, &board, &add(15)).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert!(
        refused.body.contains("a board has at most 256 KiB"),
        "{refused:?}"
    );
    let exported = document(&server, &admin, &board).await.board;
    assert_eq!(import(&server, &admin, &exported).await.status, 201);
    let padded = json!({"title": "a".repeat(600 << 10), "visibility": "team"});
    let large = send(&server, &admin, "POST", "/api/v1/boards", &padded).await;
    assert_eq!(large.status, 413, "{large:?}");
    server.drain(()).await;
}
