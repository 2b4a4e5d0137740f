//! Many viewers that disconnect and resume, verified by the load generator.

use crate::support::TestServer;
use loadtest::{Plan, Report, Target, Transport, Window};
use std::time::Duration;

/// Concurrently, since most of the time is waiting.
#[tokio::test(flavor = "multi_thread")]
async fn viewers_that_drop_and_resume_at_random_lose_nothing() {
    let (report, listeners) = tokio::join!(
        storm(Transport::Websocket, 500, Duration::from_secs(20)),
        storm(Transport::Sse, 100, Duration::from_secs(6)),
    );
    // A tenth of the number on an idle machine.
    let returns = |report: &Report| report.resumes.recovered;
    assert!(
        returns(&report) > 400,
        "hardly any viewer resumed: {report}"
    );
    assert!(report.messages > 100, "hardly anything flowed: {report}");
    assert!(
        report.backlog > 4_000,
        "hardly anything was missed: {report}"
    );
    assert!(
        returns(&listeners) > 40,
        "hardly any viewer resumed: {listeners}"
    );
    assert!(
        listeners.backlog > 200,
        "hardly anything was missed: {listeners}"
    );
}

async fn storm(transport: Transport, churn: usize, length: Duration) -> Report {
    let server = TestServer::start(|config| config.demo_rate = 50).await;
    let target = Target::parse(&format!("http://{}", server.address()), false).unwrap();
    let plan = Plan {
        transport,
        viewers: 10,
        churn,
        churn_ms: 1_500,
        window: Window::Time(length),
        ..Plan::new(target)
    };
    let report = tokio::task::spawn_blocking(move || loadtest::run(&plan))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert_eq!(report.resumes.not_recovered, 0, "{report}");
    server.drain(()).await;
    report
}
