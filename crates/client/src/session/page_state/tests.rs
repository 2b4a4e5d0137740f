use super::*;
use crate::model::LineOptions;
use crate::model::LineRequest;
use protocol::Timestamp;

fn page() -> PageState {
    PageState::new(&Snapshot {
        server_version: "0.1.0".into(),
        host: "test".into(),
        hosts: Vec::new(),
        own_names: Vec::new(),
        account: None,
        manages_users: false,
        reads_server: false,
        now: Timestamp::from_unix_ms(0),
        epoch: "e1".into(),
        head: 0,
        oldest: None,
        viewers: 0,
        messages: Vec::new(),
    })
}

fn count(page: &PageState, count: u64) {
    let text = format!(
        r#"{{"type":"client_count","count":{count},"seq":{count},"prev":0,"stream":"logs"}}"#
    );
    page.apply(&Received::parse(&text), 0.0);
    page.flush(0.0);
}

#[test]
fn pausing_freezes_the_view_and_resuming_shows_it_all() {
    Owner::new().with(|| {
        let page = page();
        let viewers = || page.read_untracked(|model| model.server.viewers);
        count(&page, 2);
        page.toggle_pause(0.0);
        count(&page, 3);
        count(&page, 4);
        assert_eq!(viewers(), 2);
        page.tick(Statistics::default(), 5_000.0);
        assert_eq!(page.held_back.get_untracked(), 2);
        page.toggle_pause(0.0);
        assert_eq!(viewers(), 4);
        assert_eq!(page.held_back.get_untracked(), 0);
    });
}

#[test]
fn lines_of_an_ended_stretch_leave_the_rest_in_the_present() {
    Owner::new().with(|| {
        let page = page();
        let sample = |second: u64| {
            let at = Timestamp::from_unix_ms(second as i64 * 1_000);
            let text = format!(
                r#"{{"type":"metrics","seq":{second},"prev":0,"stream":"metrics","host":"local","timestamp":"{at}","interval_ms":1000,"cpu":{second}}}"#
            );
            page.apply(&Received::parse(&text), 0.0);
            page.flush(0.0);
        };
        let cpu = r#"cpu{core="",host="local"}"#.parse().expect("a selector");
        let cpu = page.shown.select(cpu);
        let drawn = LineOptions {
            is_small: false,
            name: None,
            kind: chart::Kind::Plain,
        };
        assert!(page.shown.draw(cpu.id, &drawn));
        let shown = || {
            cpu.read(|lines| {
                let newest = lines[0].points().newest();
                (lines[0].value, newest.map(|it| it.at_ms))
            })
        };
        sample(100);
        let request = LineRequest {
            from_ms: 10_000.0,
            to_ms: 20_000.0,
            points: 10,
            follows: false,
        };
        assert!(!page.load_lines(&[], &request), "the line does not go on");
        sample(101);
        assert_eq!(shown(), (Some(101.0), None), "the rest of the page does");
        page.toggle_pause(0.0);
        sample(102);
        assert_eq!(shown(), (Some(101.0), None));
        page.toggle_pause(0.0);
        assert_eq!(shown(), (Some(102.0), None));
        page.forget_lines();
        assert_eq!(shown(), (Some(102.0), Some(102_000.0)));
    });
}

#[test]
fn only_a_change_of_the_connection_is_worth_a_word() {
    Owner::new().with(|| {
        let page = page();
        let texts = || {
            let ids = page.toasts.ids().into_iter();
            let toasts = ids.filter_map(|id| page.toasts.get(id));
            toasts.map(|toast| toast.text).collect::<Vec<_>>()
        };
        page.set_connection_status(ConnectionStatus::Live, 0.0);
        assert!(texts().is_empty(), "no toast for the first connection");
        let waiting = |seconds| ConnectionStatus::Waiting {
            seconds,
            attempt: 1,
        };
        page.set_connection_status(waiting(2), 1_000.0);
        page.set_connection_status(waiting(1), 2_000.0);
        assert_eq!(texts(), ["Connection lost. Reconnecting…"]);
        page.set_connection_status(ConnectionStatus::Live, 3_000.0);
        assert_eq!(texts().len(), 2);
        page.toasts.tick(10_000.0);
        assert_eq!(texts(), ["Reconnected"]);
        page.toasts.tick(60_000.0);
        assert!(texts().is_empty());
    });
}
