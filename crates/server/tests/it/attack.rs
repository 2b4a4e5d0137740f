//! A mixed attack, in small: `cargo xtask bench attack` has a large one.

use crate::support::{Certificate, TestServer, soon};
use loadtest::{Attack, AttackKind, Plan, Target, Window};
use std::time::Duration;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn viewers_lose_nothing_under_attack() {
    // With TLS, without which there is no HTTP/2.
    let directory = TempDir::new().unwrap();
    let [certificate, key] = Certificate::make(directory.path()).paths();
    let server = TestServer::start(|config| {
        config.demo_rate = 50;
        // Without users there is no login.
        config.database_url = "memory:".into();
        config.tls_cert = certificate;
        config.tls_key = key;
    })
    .await;
    let target = Target::parse(&format!("https://{}", server.address()), false).unwrap();
    let attack = Attack {
        target: target.clone(),
        slow: 5,
        others: 2,
        seed: 1,
    };
    let attacking = attack.start().unwrap();
    soon("an attack of each kind", async {
        while attacking.attacked().len() < AttackKind::ALL.len() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let plan = Plan {
        viewers: 20,
        window: Window::Time(Duration::from_secs(3)),
        ..Plan::new(target)
    };
    let report = tokio::task::block_in_place(|| loadtest::run(&plan)).unwrap();
    let attacked = tokio::task::block_in_place(|| attacking.stop());
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert!(report.messages > 0, "{report}");
    let beyond: u64 = attacked.values().map(|it| it.beyond_limit).sum();
    assert_eq!(beyond, 0, "{attacked:?}");
    server.drain(()).await;
}
