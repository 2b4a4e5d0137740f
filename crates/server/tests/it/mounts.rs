//! Mounted filesystems, including those that hang.

use crate::command_line::{Running, Workplace};
use crate::support::{Fuse, MountNamespace};
use protocol::{Disk, Event, Level, Metrics, ServerMessage};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const GB: u64 = 1_000_000_000;

/// The timeout of all waits.
const PATIENCE: Duration = Duration::from_secs(40);

/// The messages of a server about its host.
struct Watch {
    lines: BufReader<TcpStream>,
}

impl Watch {
    fn begin(address: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            socket,
            "GET /api/events?streams=metrics,events HTTP/1.1\r\nHost: {address}\r\n\r\n"
        )
        .unwrap();
        Self {
            lines: BufReader::new(socket),
        }
    }

    fn next(&mut self) -> ServerMessage {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended");
            if let Some(message) = line.strip_prefix("data:") {
                return serde_json::from_str(message).unwrap();
            }
        }
    }

    /// The first matching sample, and the events before it.
    fn until(&mut self, wanted: impl Fn(&Metrics) -> bool) -> (Metrics, Vec<Event>) {
        let begun = Instant::now();
        let mut events = Vec::new();
        loop {
            match self.next() {
                ServerMessage::Metrics(metrics) if wanted(&metrics) => return (metrics, events),
                ServerMessage::Metrics(metrics) => {
                    assert!(begun.elapsed() < PATIENCE, "{metrics:?} {events:?}");
                }
                ServerMessage::Event(event) => events.push(event),
                _ => {}
            }
        }
    }

    /// Asserts that samples continue each second, with their other values.
    fn continues(&mut self, samples: u32) {
        let mut before = None;
        for _ in 0..=samples {
            let (metrics, _) = self.until(|_| true);
            assert!(
                metrics.cpu.is_some() && metrics.memory.is_some(),
                "{metrics:?}"
            );
            let now = metrics.timestamp.unix_ms();
            if let Some(before) = before {
                let step_ms = now - before;
                assert!(
                    (0..5_000).contains(&step_ms),
                    "{step_ms} ms without a sample"
                );
            }
            before = Some(now);
        }
    }

    /// The next event about a filesystem.
    fn event_about(&mut self, path: &Path) -> (Level, String) {
        let [event] = self.events_about([path.to_str().unwrap()]);
        (event.level, event.message)
    }

    /// The next event about each of these, in whatever order they come.
    fn events_about<const N: usize>(&mut self, sources: [&str; N]) -> [Event; N] {
        let begun = Instant::now();
        let mut events = sources.map(|_| None);
        while events.iter().any(Option::is_none) {
            assert!(begun.elapsed() < PATIENCE, "{events:?}");
            let ServerMessage::Event(event) = self.next() else {
                continue;
            };
            let about = sources
                .iter()
                .position(|source| event.message.contains(source));
            if let Some(about) = about {
                assert_eq!(event.source, "sampler");
                events[about] = Some(event);
            }
        }
        events.map(Option::unwrap)
    }
}

fn at<'a>(metrics: &'a Metrics, path: &Path) -> Option<&'a Disk> {
    let mount = path.to_string_lossy();
    metrics.disks.iter().find(|disk| disk.mount == mount)
}

fn silence(path: &Path) -> (Level, String) {
    let path = path.display();
    let message =
        format!("The filesystem at {path} does not answer; it is not sampled until it does.");
    (Level::Warning, message)
}

fn answer(path: &Path) -> (Level, String) {
    let message = format!("The filesystem at {} answers again.", path.display());
    (Level::Success, message)
}

fn directory(workplace: &Workplace, name: &[u8]) -> PathBuf {
    let path = workplace.path().join(OsStr::from_bytes(name));
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn start(namespace: &MountNamespace, mut command: Command) -> Running {
    namespace.run(move || Running::start(&mut command))
}

/// On a port that can be bound again.
fn serve(workplace: &Workplace, port: u16) -> Command {
    workplace.command(&["serve", &format!("--listen=127.0.0.1:{port}")])
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_share_that_hangs_from_the_start_delays_neither_start_nor_stop() {
    let Some(namespace) = MountNamespace::new() else {
        return;
    };
    let workplace = Workplace::new();
    let path = directory(&workplace, b"share");
    let share = Fuse::mount(&namespace, "fuse.sshfs", &path, 5 * GB);
    share.set_silent(true);

    // The same port, which a process that hangs in the share must not hold.
    let port = free_port();
    for _ in 0..2 {
        let server = start(&namespace, serve(&workplace, port));
        let mut watch = Watch::begin(server.address);
        watch.continues(3);
        assert_eq!(watch.event_about(&path), silence(&path));
        watch.continues(2);

        let begun = Instant::now();
        let finished = server.terminate();
        assert!(finished.status.success(), "{finished:?}");
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(5), "a stop took {took:?}");
        let (_, line) = silence(&path);
        assert_eq!(finished.stderr.matches(&line).count(), 1, "{finished:?}");
    }

    let server = start(&namespace, serve(&workplace, port));
    let mut watch = Watch::begin(server.address);
    assert_eq!(watch.event_about(&path), silence(&path));
    share.set_silent(false);
    assert_eq!(watch.event_about(&path), answer(&path));
    let (metrics, events) = watch.until(|metrics| at(metrics, &path).is_some());
    assert_eq!(events, []);
    let disk = at(&metrics, &path).unwrap();
    assert_eq!(disk.filesystem.as_deref(), Some("fuse.sshfs"));
    assert_eq!(disk.percent, 50.0);
    assert!(server.terminate().status.success());
}

#[test]
fn a_share_that_hangs_stops_nothing_and_blocks_one_thread() {
    let Some(namespace) = MountNamespace::new() else {
        return;
    };
    let workplace = Workplace::new();
    let (path, other) = (
        directory(&workplace, b"share"),
        directory(&workplace, b"other"),
    );
    let share = Fuse::mount(&namespace, "fuse.sshfs", &path, 5 * GB);
    let _other = Fuse::mount(&namespace, "fuse.sshfs", &other, 7 * GB);
    let server = start(&namespace, serve(&workplace, 0));
    let mut watch = Watch::begin(server.address);
    let both = |metrics: &Metrics| at(metrics, &path).is_some() && at(metrics, &other).is_some();
    watch.until(both);

    share.set_silent(true);
    assert_eq!(watch.event_about(&path), silence(&path));
    let (metrics, _) = watch.until(|_| true);
    assert!(at(&metrics, &path).is_none() && at(&metrics, &other).is_some());
    // Until every filesystem was probed again.
    watch.continues(11);
    let (metrics, events) = watch.until(|_| true);
    assert!(at(&metrics, &path).is_none() && at(&metrics, &other).is_some());
    assert_eq!(events, []);
    // The one that hangs, and its replacement.
    assert!(server.threads_named("shares") <= 2);

    share.set_silent(false);
    assert_eq!(watch.event_about(&path), answer(&path));
    watch.until(both);
    assert!(server.terminate().status.success());
}

/// Other sources are files that may hang, too: in some containers a program (lxcfs) provides `/proc`, a driver a
/// sensor, and a directory service the users, here with the file that it replaces.
#[test]
fn no_other_source_that_hangs_stops_the_rest() {
    let Some(namespace) = MountNamespace::new() else {
        return;
    };
    let workplace = Workplace::new();
    let sensors = Path::new("/sys/class/hwmon");
    namespace.mount("tmpfs", "tmpfs", Path::new("/sys/class"), "");
    namespace.run(move || std::fs::create_dir(sensors).unwrap());
    let files = [
        ("The source of load metrics", Path::new("/proc/loadavg")),
        ("The user database", Path::new("/etc/passwd")),
        ("The source of temperature metrics", sensors),
    ];
    let programs = files.map(|(_, file)| {
        let program = Fuse::mount(&namespace, "fuse.lxcfs", file, 0);
        program.set_silent(true);
        program
    });
    let server = start(&namespace, serve(&workplace, 0));
    let mut watch = Watch::begin(server.address);
    watch.continues(2);

    let mut events = watch.events_about(files.map(|(source, _)| source));
    assert!(
        events.iter().all(|event| event.level == Level::Warning),
        "{events:?}"
    );
    watch.continues(1);
    let (metrics, _) = watch.until(|_| true);
    assert!(
        metrics.load.is_none() && !metrics.disks.is_empty(),
        "{metrics:?}"
    );

    for program in &programs {
        program.set_silent(false);
    }
    events = watch.events_about(files.map(|(source, _)| source));
    assert!(
        events.iter().all(|event| event.level == Level::Success),
        "{events:?}"
    );
    assert!(server.terminate().status.success());
}

#[test]
fn names_places_and_files_of_mounts() {
    let Some(namespace) = MountNamespace::new() else {
        return;
    };
    let workplace = Workplace::new();
    let names: [&[u8]; 7] = [
        b"with space",
        "mätrum".as_bytes(),
        b"new\nline",
        b"back\\slash",
        b"pok\xe9mon",
        "to\u{202e}fdp.exe".as_bytes(),
        b"plain",
    ];
    let paths: Vec<_> = names.map(|name| directory(&workplace, name)).into();
    let mut mounted: Vec<_> = (1..)
        .zip(&paths)
        .map(|(size, path)| Fuse::mount(&namespace, "fuse.sshfs", path, size * GB))
        .collect();
    // The same filesystem at another place, and a part of the disk that is mounted already.
    let (again, part) = (
        directory(&workplace, b"again"),
        directory(&workplace, b"part"),
    );
    namespace.bind(&paths[6], &again);
    namespace.bind(workplace.path(), &part);
    // A file, as containers have `/etc/hosts`.
    let file = workplace.path().join("hosts");
    std::fs::write(&file, "").unwrap();
    mounted.push(Fuse::mount(&namespace, "fuse.sshfs", &file, 9 * GB));

    let server = start(&namespace, serve(&workplace, 0));
    let mut watch = Watch::begin(server.address);
    let in_workplace = |metrics: &Metrics| {
        let disks = metrics.disks.iter();
        let prefix = format!("{}/", workplace.path().display());
        let names = disks.filter_map(|disk| disk.mount.strip_prefix(&prefix).map(str::to_owned));
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    let (metrics, _) = watch.until(|metrics| in_workplace(metrics).len() >= names.len());
    let mut expected = [
        "again",
        "back\\slash",
        "mätrum",
        "new\u{fffd}line",
        "pok\u{fffd}mon",
        "to\u{fffd}fdp.exe",
        "with space",
    ];
    expected.sort_unstable();
    assert_eq!(in_workplace(&metrics), expected);
    assert!(server.terminate().status.success());
}
