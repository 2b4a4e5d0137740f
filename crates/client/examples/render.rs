//! Writes a page as the server would, with made-up values:
//! `cargo run -p client --example render --features ssr > page.html`.
//!
//! Without arguments the assets are those of `cargo leptos build`; an argument names another style
//! sheet. `--empty` renders what a server shows that knows nothing yet, `--host=…` names the host. The browser tests take these
//! pages for theirs.

use client::{Assets, Page, PageKind, Snapshot, render};
use protocol::{
    Data, Disk, Durable, Event, Interface, Level, LoadAverage, Memory, Metrics, Position,
    Temperature, Timestamp, splice_position,
};

/// 2026-01-15T10:30:00Z
const NOW_MS: i64 = 1_768_473_000_123;
const GIB: u64 = 1 << 30;

fn main() {
    let (flags, mut names): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let css = names.pop();
    let is_empty = flags.iter().any(|flag| flag == "--empty");
    let host = flags.iter().find_map(|flag| flag.strip_prefix("--host="));
    let host = host.unwrap_or("atlas").to_owned();
    let known = samples().chain(events()).chain(data());
    let mut messages = Vec::new();
    let mut last = [0; protocol::Stream::COUNT];
    for (index, message) in known.take_while(|_| !is_empty).enumerate() {
        let (seq, stream) = (index as u64 + 1, message.stream());
        let prev = std::mem::replace(&mut last[stream.index()], seq);
        let position = Position { seq, prev, stream };
        messages.push(splice_position(&message.to_json(), position));
    }
    let html = render(Page {
        kind: PageKind::Dashboard,
        is_public: false,
        preferences: None,
        snapshot: Snapshot {
            server_version: "0.1.0".into(),
            host: host.clone(),
            now: Timestamp::from_unix_ms(NOW_MS + 400),
            epoch: "k3v9".into(),
            head: messages.len() as u64,
            oldest: Some(Timestamp::from_unix_ms(NOW_MS - 14 * 86_400_000)),
            hosts: vec![host.clone()],
            own_names: vec![host],
            account: None,
            manages_users: false,
            reads_server: false,
            viewers: 5,
            messages,
        },
        assets: Assets {
            js: "/pkg/watchroom.js".into(),
            wasm: "/pkg/watchroom.wasm".into(),
            css: css.unwrap_or("/pkg/watchroom.css".into()),
        },
        base_path: String::new(),
        ws_url: None,
        images: Vec::new(),
        zone: Some("Asia/Kolkata".into()),
        nonce: Some("example".into()),
        reload_port: None,
    });
    println!("{html}");
}

fn samples() -> impl Iterator<Item = Durable> {
    (0..62).map(|index| {
        let wave = f64::from(index) / 8.0;
        let cpu = 38.0 + 22.0 * wave.sin() + 6.0 * (wave * 5.3).cos();
        let traffic = 1_400_000.0 + 900_000.0 * (wave * 1.7).sin();
        Durable::Metrics(Metrics {
            host: "local".into(),
            timestamp: Timestamp::from_unix_ms(NOW_MS - i64::from(61 - index) * 1_000),
            interval_ms: 1_000,
            cpu: Some(cpu),
            cores: (0..8)
                .map(|core| Some(cpu + 20.0 * (wave + f64::from(core)).sin()))
                .collect(),
            load: Some(LoadAverage {
                one: 2.31,
                five: 1.87,
                fifteen: 1.42,
            }),
            memory: Some(62.8 + wave.sin()),
            memory_bytes: Some(Memory {
                used: 10 * GIB + GIB / 20,
                total: 16 * GIB,
            }),
            swap: Some(12.5),
            swap_bytes: Some(Memory {
                used: GIB / 4,
                total: 2 * GIB,
            }),
            disk: Some(91.3),
            disks: vec![
                disk("/", 71.0, 256),
                disk("/var/lib/postgresql", 91.3, 1_024),
            ],
            network_sent: Some(traffic as u64 / 2),
            network_recv: Some(traffic as u64),
            network_sent_total_bytes: Some(48 * GIB),
            network_recv_total_bytes: Some(192 * GIB),
            interfaces: vec![Interface {
                name: "eth0".into(),
                sent: traffic as u64 / 2,
                recv: traffic as u64,
                sent_total_bytes: 48 * GIB,
                recv_total_bytes: 192 * GIB,
            }],
            temperatures: vec![
                temperature("CPU package", 58.5, Some(100.0)),
                temperature("NVMe composite", 71.2, Some(84.0)),
            ],
            uptime_seconds: Some(273_912),
        })
    })
}

fn disk(mount: &str, percent: f64, total_gib: u64) -> Disk {
    let total_bytes = total_gib * GIB;
    Disk {
        mount: mount.into(),
        filesystem: Some("ext4".into()),
        percent,
        used_bytes: (total_bytes as f64 * percent / 100.0) as u64,
        total_bytes,
        read: Some(1_230_000),
        written: Some(48_000),
    }
}

fn temperature(label: &str, celsius: f64, critical: Option<f64>) -> Temperature {
    Temperature {
        label: label.into(),
        celsius,
        critical,
    }
}

fn events() -> impl Iterator<Item = Durable> {
    let events = [
        (Level::Info, "server", "Server started"),
        (
            Level::Success,
            "backup",
            "Nightly backup finished in 4 min 12 s",
        ),
        (Level::Debug, "shop", "Cache warmed with 1,204 entries"),
        (
            Level::Info,
            "deploy",
            "Version 2.14.0 rolled out to 3 of 3 hosts",
        ),
        (
            Level::Warning,
            "postgresql",
            "/var/lib/postgresql is 91 % full",
        ),
        (
            Level::Error,
            "shop",
            "Payment provider answered <b>503</b> for 40 s",
        ),
        (Level::Success, "shop", "Payment provider is back"),
        (Level::Info, "sshd", "Accepted key for anna from 10.0.4.17"),
    ];
    let count = events.len() as i64;
    (0..)
        .zip(events)
        .map(move |(index, (level, source, message))| {
            Durable::Event(Event {
                timestamp: Timestamp::from_unix_ms(NOW_MS - (count - index) * 37_000),
                level,
                source: source.into(),
                message: message.into(),
            })
        })
}

fn data() -> impl Iterator<Item = Durable> {
    [
        ("Requests", 1_842.0, Some("1/s")),
        ("Response time", 38.4, Some("ms")),
        ("Orders today", 12_904.0, None),
        ("Revenue today", 482_310.0, Some("€")),
        ("Queue depth", 17.0, None),
        ("Error rate", 0.12, Some("%")),
    ]
    .into_iter()
    .map(|(label, value, unit)| {
        Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(NOW_MS),
            label: label.into(),
            value,
            unit: unit.map(Into::into),
            source: Some("shop".into()),
            ..Data::default()
        })
    })
}
