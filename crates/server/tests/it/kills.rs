//! The server killed at random times: every message that a viewer received is stored, and none is sent twice.

use crate::command_line::{Running, Workplace};
use crate::support::postgres;
use loadtest::{Plan, Report, Target, Transport, Window};
use rustix::process::Signal;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// The duration of the test.
const WINDOW: Duration = Duration::from_secs(10);

/// How long each server runs, in turn: not in phase with the intervals of the server.
const LIVES_MS: [u64; 5] = [730, 1_310, 470, 1_790, 1_130];

/// The last kill, so that the server is back before the test ends. On a busy machine, where a start takes long,
/// there are fewer kills.
const LAST_END: Duration = Duration::from_secs(7);

/// The least number of kills.
const KILLS_MIN: usize = 2;

#[test]
fn nothing_is_lost_or_duplicated_over_kills() {
    kill_under_viewers(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_postgresql() {
    let database = postgres::Server::own().await.new_database().await;
    let url = format!("--database-url={}", database.url());
    tokio::task::block_in_place(|| kill_under_viewers(&[&url]));
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a life lasts is what the test is about"
)]
fn kill_under_viewers(store: &[&str]) {
    let workplace = Workplace::new();
    // Free now, and not requested by number elsewhere.
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let listen = format!("127.0.0.1:{port}");
    let serve = || {
        let arguments = [
            "serve",
            "--demo",
            "--demo-days=0",
            "--demo-rate=50",
            "--listen",
            &listen,
            // So small that viewers resume from the store.
            "--ring-frames=20",
        ];
        Running::start(workplace.command(&arguments).args(store))
    };
    let server = serve();
    let (reports, kills, server) = std::thread::scope(|scope| {
        let watch = |transport, viewers| {
            let url = format!("http://{listen}");
            scope.spawn(move || {
                let plan = Plan {
                    transport,
                    viewers,
                    window: Window::Time(WINDOW),
                    ..Plan::new(Target::parse(&url, false).unwrap())
                };
                loadtest::run(&plan).unwrap()
            })
        };
        let viewers = [watch(Transport::Websocket, 20), watch(Transport::Sse, 10)];
        let killer = scope.spawn(|| {
            let (start, mut server, mut kills) = (Instant::now(), server, 0);
            for life in LIVES_MS.map(Duration::from_millis) {
                if start.elapsed() + life > LAST_END {
                    break;
                }
                std::thread::sleep(life);
                server.signal(Signal::KILL);
                server.finish();
                server = serve();
                kills += 1;
            }
            (kills, server)
        });
        let reports = viewers.map(|viewers| viewers.join().unwrap());
        let (kills, server) = killer.join().unwrap();
        (reports, kills, server)
    });
    assert!(kills >= KILLS_MIN, "killed only {kills} times");
    for report in reports {
        check(&report, kills);
    }
    assert!(server.terminate().status.success());
}

fn check(report: &Report, kills: usize) {
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert_eq!(report.resumes.not_recovered, 0, "{report}");
    assert!(report.gaps.is_empty(), "{report}");
    let returns = kills * report.viewers / 2;
    assert!(
        report.resumes.recovered as usize > returns,
        "hardly any viewer was disconnected: {report}"
    );
}
