//! Viewers that disconnect and resume: does the load generator detect lost and repeated messages?

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use loadtest::{Plan, Report, Target, Transport, Window, run};
use protocol::Stream;
use std::time::Duration;
use support::{Model, Resume};

fn churn(transport: Transport, resume: Resume) -> Report {
    let model = Model::start(resume);
    let target = Target::parse(&format!("http://{}", model.address), false).unwrap();
    let plan = Plan {
        transport,
        streams: vec![Stream::Data],
        viewers: 5,
        churn: 20,
        churn_ms: 100,
        settle: Duration::ZERO,
        window: Window::Messages {
            count: 100,
            limit: Duration::from_secs(30),
        },
        ..Plan::new(target)
    };
    let report = run(&plan).unwrap();
    assert!(report.messages >= 100, "{report}");
    assert!(report.connects > 25, "no viewer reconnected: {report}");
    report
}

#[test]
fn nothing_is_lost_by_a_server_that_resumes() {
    for transport in [Transport::Websocket, Transport::Sse] {
        let report = churn(transport, Resume::Complete);
        assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
        assert!(report.resumes.recovered > 0, "{report}");
        assert_eq!(report.resumes.not_recovered, 0, "{report}");
    }
}

#[test]
fn a_message_that_is_not_resent_is_lost() {
    for transport in [Transport::Websocket, Transport::Sse] {
        let report = churn(transport, Resume::Lossy);
        assert!(report.lost > 0, "{report}");
        assert_eq!(report.duplicated, 0, "{report}");
    }
}

#[test]
fn a_message_that_is_resent_twice_is_duplicated() {
    for transport in [Transport::Websocket, Transport::Sse] {
        let report = churn(transport, Resume::Overlapping);
        assert!(report.duplicated > 0, "{report}");
        assert_eq!(report.lost, 0, "{report}");
    }
}

#[test]
fn a_reported_gap_is_not_lost() {
    for transport in [Transport::Websocket, Transport::Sse] {
        let report = churn(transport, Resume::Gap);
        assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
        assert!(report.resumes.not_recovered > 0, "{report}");
        assert!(report.gaps["expired"].reported > 0, "{report}");
    }
}

#[test]
fn every_viewer_gets_exactly_the_messages_sent_during_a_cut() {
    for transport in [Transport::Websocket, Transport::Sse] {
        let model = Model::start(Resume::Complete);
        let target = Target::parse(&format!("http://{}", model.address), false).unwrap();
        let plan = Plan {
            transport,
            streams: vec![Stream::Data],
            viewers: 50,
            cut: Some(Duration::from_millis(300)),
            settle: Duration::ZERO,
            window: Window::Messages {
                count: 60,
                limit: Duration::from_secs(30),
            },
            ..Plan::new(target)
        };
        let report = run(&plan).unwrap();
        assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
        assert_eq!(report.resumes.recovered, 50, "{report}");
        assert!(report.backlog > 0, "{report}");
    }
}
