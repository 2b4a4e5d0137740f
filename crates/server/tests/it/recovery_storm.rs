//! Recovery under a storm, judged by the load generator's own checker.

use crate::support::TestServer;
use loadtest::{Plan, Target, Transport, Window};
use std::time::Duration;

const LENGTH: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn viewers_that_drop_and_resume_at_random_lose_nothing() {
    let server = TestServer::start(|config| config.demo_rate = 50).await;
    let target = Target::parse(&format!("http://{}", server.address()), false).unwrap();
    let plan = Plan {
        transport: Transport::Websocket,
        viewers: 10,
        churn: 500,
        churn_ms: 1_500,
        window: Window::Time(LENGTH),
        ..Plan::new(target)
    };
    let report = tokio::task::spawn_blocking(move || loadtest::run(&plan))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert!(
        report.resumes.recovered > 1_000,
        "hardly anyone came back: {report}"
    );
    assert_eq!(report.resumes.not_recovered, 0, "{report}");
    assert!(report.messages > 800, "hardly anything flowed: {report}");
    assert!(
        report.backlog > 10_000,
        "hardly anything was missed: {report}"
    );
    server.drain(()).await;
}
