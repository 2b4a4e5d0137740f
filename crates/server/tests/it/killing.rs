//! The server killed at random: what anyone saw is there when it is back, and nothing comes twice.

use crate::command_line::{Running, Workplace};
use crate::support::postgres;
use loadtest::{Plan, Report, Target, Transport, Window};
use rustix::process::Signal;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// How long viewers watch.
const WINDOW: Duration = Duration::from_secs(10);

/// A life's length, one after the other: odd, so that no beat of the server's falls in with it.
const LIVES_MS: [u64; 5] = [730, 1_310, 470, 1_790, 1_130];

/// A life does not end later than this, so that the server is back while viewers watch. On a busy
/// machine, where it takes long to start, it is killed less often.
const LAST_END: Duration = Duration::from_secs(7);

/// Often enough to be worth a test.
const KILLS_MIN: usize = 2;

#[test]
fn nothing_is_lost_or_doubled_over_kills() {
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
    // Free now, and nobody else asks for it by number.
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
            // So little that whoever was away for a moment is behind it.
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
        "hardly anyone was cut off: {report}"
    );
}
