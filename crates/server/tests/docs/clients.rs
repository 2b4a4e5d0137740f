use crate::cutter::cut_in_front_of;
use crate::support::{Demo, PATIENCE, root};
use protocol::{GapReason, Received, ServerMessage, Stream};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const STREAMS: [Stream; 3] = [Stream::Metrics, Stream::Events, Stream::Data];

/// Amid live messages, amid what is resumed, and within the handshake.
const CUTS_BYTES: [usize; 3] = [20_000, 3_000, 40];

/// How often the client is greeted: a truncated handshake has no greeting.
const GREETINGS: usize = 3;

/// This many durable messages show that the client continues.
const ENOUGH: usize = 20;

const DRAIN_GRACE: Duration = Duration::from_secs(2);

/// A running example; ended when dropped.
struct Example {
    process: Child,
    lines: Receiver<String>,
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Example {
    fn start(command: &mut Command) -> Self {
        let mut process = command
            .current_dir(root().join("examples/clients"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let notes = BufReader::new(process.stderr.take().unwrap());
        // Captured like all output of a test.
        std::thread::spawn(move || {
            for line in notes.lines().map_while(Result::ok) {
                eprintln!("{line}");
            }
        });
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // An error means that the test is over.
                let _ = sender.send(line);
            }
        });
        Self { process, lines }
    }

    /// Reads messages until one is the last that is wanted.
    fn until(&self, is_last: impl FnMut(&Received) -> bool) -> Vec<Received> {
        tokio::task::block_in_place(|| self.wait_until(is_last))
    }

    fn wait_until(&self, mut is_last: impl FnMut(&Received) -> bool) -> Vec<Received> {
        let mut messages = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("waited in vain after {messages:#?}");
            };
            let message = Received::parse(&line);
            assert!(message.message.is_ok(), "{line}");
            messages.push(message);
            if messages.last().is_some_and(&mut is_last) {
                return messages;
            }
        }
    }
}

/// Asserts that all messages of the journal after the first answer's head were received in order and once.
fn assert_whole(demo: &Demo, messages: &[Received]) {
    let positions = messages.iter().filter_map(|message| message.position);
    let seen: Vec<_> = positions.map(|position| position.seq).collect();
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    let head = messages.iter().find_map(|message| match &message.message {
        Ok(ServerMessage::Subscribed(subscribed)) => Some(subscribed.head),
        _ => None,
    });
    let (head, newest) = (head.unwrap(), *seen.last().unwrap());
    let mut said = demo.seqs(&STREAMS, head);
    said.retain(|seq| *seq <= newest);
    let seen: Vec<_> = seen.into_iter().filter(|seq| *seq > head).collect();
    assert_eq!(seen, said);
}

fn is_greeting(message: &Received) -> bool {
    matches!(message.message, Ok(ServerMessage::Connection(_)))
}

/// Disconnects the client amid messages, and then restarts its server. The log has other hosts and channels, too.
async fn check(start: impl FnOnce(SocketAddr) -> Example) {
    let demo = Demo::anywhere().await;
    let _channels = demo.fill_channels(&STREAMS);
    demo.samples(2).await;
    let address = demo.server.address();
    let example = start(cut_in_front_of(address, CUTS_BYTES.to_vec()).await);

    let (mut greetings, mut durable) = (0, 0);
    let messages = example.until(|message| {
        greetings += usize::from(is_greeting(message));
        durable += usize::from(greetings == GREETINGS && message.position.is_some());
        durable == ENOUGH
    });
    assert_whole(&demo, &messages);

    demo.server.drain(DRAIN_GRACE).await;
    let demo = Demo::start(address).await;
    let mut durable = 0;
    let mut again = example.until(|message| {
        greetings += usize::from(is_greeting(message));
        durable += usize::from(greetings > GREETINGS && message.position.is_some());
        durable == ENOUGH
    });
    let restart = again.iter().position(is_greeting).unwrap();
    again.drain(..restart);
    assert_whole(&demo, &again);
    let lost = again.iter().filter_map(|message| match &message.message {
        Ok(ServerMessage::Gap(gap)) => Some((gap.stream, gap.reason)),
        _ => None,
    });
    let all = STREAMS.map(|stream| (stream, GapReason::Epoch));
    assert_eq!(lost.collect::<Vec<_>>(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_loses_nothing() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("python3 is not on PATH, so its client is not tested here");
        return;
    }
    check(|address| {
        let url = format!("http://{address}/api/events?streams=metrics,events,data");
        Example::start(Command::new("python3").args(["watch.py", &url]))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_program_reports_values_that_viewers_get() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("python3 is not on PATH, so its client is not tested here");
        return;
    }
    let demo = Demo::anywhere().await;
    let base = format!("http://{}", demo.server.address());
    let url = format!("{base}/api/events?streams=data");
    let viewer = Example::start(Command::new("python3").args(["watch.py", &url]));
    let _program = Example::start(Command::new("python3").args(["push.py", &base]));
    let mut shards = BTreeSet::new();
    viewer.until(|received| {
        if let Ok(ServerMessage::Data(data)) = &received.message {
            shards.extend(data.labels.get("shard").cloned());
        }
        shards.len() == 4
    });
    assert_eq!(shards, ["0", "1", "2", "3"].map(str::to_owned).into());
    demo.server.drain(DRAIN_GRACE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_javascript_client_loses_nothing() {
    check(|address| {
        let url = format!("ws://{address}/ws");
        Example::start(Command::new("node").args(["--experimental-websocket", "watch.mjs", &url]))
    })
    .await;
}

/// The example clients as they were before there were channels.
fn former(name: &str) -> String {
    let folder = root().join("crates/server/tests/docs/former_clients");
    folder.join(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_python_client_sees_neither_hosts_nor_channels() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("python3 is not on PATH, so its client is not tested here");
        return;
    }
    check(|address| {
        let url = format!("http://{address}/api/events?streams=metrics,events,data");
        Example::start(Command::new("python3").args([&former("watch.py"), &url]))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_javascript_client_sees_neither_hosts_nor_channels() {
    check(|address| {
        let url = format!("ws://{address}/ws");
        let script = former("watch.mjs");
        Example::start(Command::new("node").args(["--experimental-websocket", &script, &url]))
    })
    .await;
}

#[test]
fn the_plain_page_has_about_thirty_lines_of_javascript() {
    let path = root().join("examples/clients/watch.html");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, script) = page.split_once("<script>").unwrap();
    let (script, _) = script.split_once("</script>").unwrap();
    let lines = script.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let count = code.count();
    assert!(count <= 40, "{count} lines");
}

#[test]
fn each_client_has_less_than_70_lines() {
    for name in [
        "watch.py",
        "watch.mjs",
        "credential.mjs",
        "push.py",
        "token.py",
        "room.py",
        "room.mjs",
    ] {
        let path = root().join("examples/clients").join(name);
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        assert!(lines < 70, "{name} has {lines} lines");
    }
}
