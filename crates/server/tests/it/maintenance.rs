//! Maintenance windows: alerts are silenced while one is open.

use crate::alerts::{RULES, evaluated, firing, later, queue, server};
use crate::support::account::{Credentials, ask, send};
use crate::support::get;
use protocol::Timestamp;
use protocol::alerting::{NewSilence, Repeat, Silence, SilenceList, Weekday};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// The day and the time of day of a moment, in UTC.
pub(crate) fn opens_at(at_ms: i64) -> Repeat {
    // 1 January 1970 was a Thursday.
    let day = (at_ms.div_euclid(DAY_MS) + 3).rem_euclid(7);
    let minute = at_ms.rem_euclid(DAY_MS) / MINUTE_MS;
    Repeat {
        days: vec![Weekday::ALL[day as usize]],
        at: format!("{:02}:{:02}", minute / 60, minute % 60),
        zone: "Etc/UTC".into(),
    }
}

fn window(repeat: Repeat) -> NewSilence {
    NewSilence {
        rule: None,
        series: Some("{region=\"eu\"}".into()),
        starts_ms: None,
        lasts: "2h".into(),
        repeat: Some(repeat),
        why: "upgrades".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_silenced_while_a_window_is_open() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let nobody = Credentials::none();
    let now_ms = Timestamp::now().unix_ms();
    server.append_stored(vec![queue(later(), 12.0)]).await;
    firing(&server, 1).await;
    let silence_of = async || firing(&server, 1).await[0].silence.clone();

    // The one of tomorrow changes nothing.
    let tomorrow = window(opens_at(now_ms + DAY_MS));
    let answer = send(&server, &nobody, "POST", "/api/v1/silences", &tomorrow).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let tomorrow: Silence = serde_json::from_str(&answer.body).unwrap();
    assert!(tomorrow.starts_ms > now_ms + DAY_MS - 2 * MINUTE_MS);
    assert_eq!(silence_of().await, None);

    let today = window(opens_at(now_ms - MINUTE_MS));
    let answer = send(&server, &nobody, "POST", "/api/v1/silences", &today).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let open: Silence = serde_json::from_str(&answer.body).unwrap();
    assert!((now_ms - 2 * MINUTE_MS..=now_ms).contains(&open.starts_ms));
    assert_eq!(open.ends_ms - open.starts_ms, 120 * MINUTE_MS);
    assert_eq!(open.repeat, today.repeat);
    assert_eq!(silence_of().await, Some(open.id.clone()));

    // Both are there after a restart.
    let server = server.restart().await;
    evaluated(&server, "Queue is long").await;
    let list: SilenceList = get(&server, "/api/v1/silences").await.json();
    assert_eq!(list.silences, [open.clone(), tomorrow]);
    let path = format!("/api/v1/silences/{}", open.id);
    assert_eq!(ask(&server, &nobody, "DELETE", &path).await.status, 204);
    assert_eq!(firing(&server, 1).await[0].silence, None);
    let events = get(&server, "/api/v1/journal?stream=events&source=alerts").await;
    assert!(
        events.body.contains("Etc/UTC for 2h: upgrades"),
        "{events:?}"
    );
    assert!(events.body.contains("removed the maintenance window"));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_of_files_can_only_be_changed_there() {
    let repeat = opens_at(Timestamp::now().unix_ms() - MINUTE_MS);
    let (day, at) = (repeat.days[0].name(), repeat.at);
    let rules = format!(
        "{RULES}\n[[maintenance]]\nrule = \"Queue is long\"\ndays = [\"{day}\"]\nat = \"{at}\"\nlasts = \"2h\"\n\
         zone = \"UTC\"\nwhy = \"backups\"\n"
    );
    let server = server(&rules).await;
    evaluated(&server, "Queue is long").await;
    let list: SilenceList = get(&server, "/api/v1/silences").await.json();
    let [silence] = &list.silences[..] else {
        panic!("one window: {list:?}")
    };
    assert_eq!(silence.file.as_deref(), Some("test.toml"));
    assert_eq!(silence.why, "backups");
    server.append_stored(vec![queue(later(), 12.0)]).await;
    assert_eq!(
        firing(&server, 1).await[0].silence.as_ref(),
        Some(&silence.id)
    );
    let path = format!("/api/v1/silences/{}", silence.id);
    let answer = ask(&server, &Credentials::none(), "DELETE", &path).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    assert!(answer.body.contains("test.toml"), "{answer:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_window_is_named() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let valid = || window(opens_at(0));
    let with = |change: &dyn Fn(&mut Repeat)| {
        let mut window = valid();
        change(window.repeat.as_mut().unwrap());
        window
    };
    let wrong = [
        (with(&|it| it.zone = "Mars/Olympus".into()), "Mars/Olympus"),
        (with(&|it| it.at = "25:00".into()), "`at`"),
        (with(&|it| it.days.clear()), "`days`"),
        (
            NewSilence {
                lasts: "8d".into(),
                ..valid()
            },
            "`lasts`",
        ),
        (
            NewSilence {
                starts_ms: Some(1),
                ..valid()
            },
            "`starts_ms`",
        ),
        (
            NewSilence {
                series: None,
                ..valid()
            },
            "`series`",
        ),
    ];
    for (window, expected) in wrong {
        let answer = send(
            &server,
            &Credentials::none(),
            "POST",
            "/api/v1/silences",
            &window,
        )
        .await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.contains(expected), "{expected}: {answer:?}");
    }
    server.drain(()).await;
}
