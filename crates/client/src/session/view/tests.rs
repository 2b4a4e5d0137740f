use super::*;
use crate::model::Drawn;
use crate::model::LineRequest;
use protocol::Timestamp;

fn view() -> View {
    View::new(&Snapshot {
        server_version: "0.1.0".into(),
        host: "test".into(),
        hosts: Vec::new(),
        own_names: Vec::new(),
        now: Timestamp::from_unix_ms(0),
        epoch: "e1".into(),
        head: 0,
        oldest: None,
        viewers: 0,
        messages: Vec::new(),
    })
}

fn count(view: &View, count: u64) {
    let text = format!(
        r#"{{"type":"client_count","count":{count},"seq":{count},"prev":0,"stream":"logs"}}"#
    );
    view.apply(&Received::parse(&text), 0.0);
    view.flush(0.0);
}

#[test]
fn pausing_freezes_the_view_and_resuming_shows_it_all() {
    Owner::new().with(|| {
        let view = view();
        let viewers = || view.read_untracked(|model| model.server.viewers);
        count(&view, 2);
        view.toggle_pause(0.0);
        count(&view, 3);
        count(&view, 4);
        assert_eq!(viewers(), 2);
        view.tick(Statistics::default(), 5_000.0);
        assert_eq!(view.held_back.get_untracked(), 2);
        view.toggle_pause(0.0);
        assert_eq!(viewers(), 4);
        assert_eq!(view.held_back.get_untracked(), 0);
    });
}

#[test]
fn lines_of_an_ended_stretch_leave_the_rest_in_the_present() {
    Owner::new().with(|| {
        let view = view();
        let sample = |second: u64| {
            let at = Timestamp::from_unix_ms(second as i64 * 1_000);
            let text = format!(
                r#"{{"type":"metrics","seq":{second},"prev":0,"stream":"metrics","host":"local","timestamp":"{at}","interval_ms":1000,"cpu":{second}}}"#
            );
            view.apply(&Received::parse(&text), 0.0);
            view.flush(0.0);
        };
        let cpu = r#"cpu{core="",host="local"}"#.parse().expect("a selector");
        let cpu = view.shown.select(cpu);
        let drawn = Drawn {
            is_small: false,
            name: None,
        };
        assert!(view.shown.draw(cpu.id, &drawn));
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
        assert!(!view.load_lines(&[], &request), "the line does not go on");
        sample(101);
        assert_eq!(shown(), (Some(101.0), None), "the rest of the page does");
        view.toggle_pause(0.0);
        sample(102);
        assert_eq!(shown(), (Some(101.0), None));
        view.toggle_pause(0.0);
        assert_eq!(shown(), (Some(102.0), None));
        view.forget_lines();
        assert_eq!(shown(), (Some(102.0), Some(102_000.0)));
    });
}

#[test]
fn only_a_change_of_the_connection_is_worth_a_word() {
    Owner::new().with(|| {
        let view = view();
        let texts = || {
            let ids = view.toasts.ids().into_iter();
            let toasts = ids.filter_map(|id| view.toasts.get(id));
            toasts.map(|toast| toast.text).collect::<Vec<_>>()
        };
        view.set_link(Link::Live, 0.0);
        assert!(texts().is_empty(), "no toast for the first connection");
        let waiting = |seconds| Link::Waiting {
            seconds,
            attempt: 1,
        };
        view.set_link(waiting(2), 1_000.0);
        view.set_link(waiting(1), 2_000.0);
        assert_eq!(texts(), ["Connection lost; trying again"]);
        view.set_link(Link::Live, 3_000.0);
        assert_eq!(texts().len(), 2);
        view.tick(Statistics::default(), 10_000.0);
        assert_eq!(texts(), ["Connected again"]);
        view.tick(Statistics::default(), 60_000.0);
        assert!(texts().is_empty());
    });
}
