//! The figures of the moment, each with its unit.

use super::Server;
use crate::kit::fact::fact;
use crate::kit::format::{ABSENT, bytes, duration, grouped, percent, plain, rate, sentence};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::kit::text_content::translatable;
use crate::pages::polled;
use leptos::prelude::*;
use protocol::server_info::{ServerInfo, StoreInfo};

/// A figure: its name, how tests find it, and its text.
type Figure = (&'static str, &'static str, fn(&ServerInfo) -> String);

const FIGURES: [Figure; 14] = [
    ("Version", "server-version", |it| it.version.clone()),
    ("Uptime", "server-uptime", |it| duration(seconds_since(it))),
    ("CPU, of one core", "server-cpu", |it| {
        percent(it.process.cpu_percent).joined()
    }),
    ("Memory", "server-memory", |it| {
        optional(it.process.memory_bytes, size)
    }),
    ("Viewers", "server-viewers", viewers),
    ("Sent", "server-deliveries", |it| {
        [&plain(it.viewers.deliveries_per_s, 1), " messages/s"].concat()
    }),
    ("Traffic to viewers", "server-traffic", |it| {
        rate(it.viewers.bytes_per_s).joined()
    }),
    ("Gaps since the start", "server-gaps", |it| {
        grouped(it.viewers.gaps)
    }),
    ("Messages in memory", "server-ring", |it| {
        let ring = &it.ring;
        let messages = [&grouped(ring.messages), " of ", &grouped(ring.messages_max)].concat();
        [&messages, " · ", &of_max(ring.bytes, ring.bytes_max)].concat()
    }),
    ("Store", "server-store", |it| of_store(it, store)),
    ("Stored data", "server-stored", |it| {
        of_store(it, |store| {
            let used = store.used_bytes;
            optional(used, |used| of_max(used, store.bytes_max))
        })
    }),
    ("Commit, half within", "server-commit-p50", |it| {
        of_store(it, |store| seconds(store.commit_p50_s))
    }),
    ("Commit, 99 % within", "server-commit-p99", |it| {
        of_store(it, |store| seconds(store.commit_p99_s))
    }),
    ("Active series", "server-series", |it| {
        of_store(it, |store| grouped(store.active_series))
    }),
];

pub(super) fn now(server: Server) -> Piece {
    let mut figures = Vec::new();
    for (name, test_id, text) in FIGURES {
        let text = live(move || server.read(text).unwrap_or_default());
        figures.push(fact(name, Some(test_id), text));
    }
    let problem = live(move || {
        let problem = server.read(|it| it.problem.clone()).flatten();
        problem.map(|it| sentence(&it)).unwrap_or_default()
    });
    let is_absent = when(move || !server.is(|_| true));
    view! {
        <p class="form-error" role="status" data-testid="server-problem" {..translatable(problem)}></p>
        {move || polled::shown(server.loaded(), |_| ().into_piece())}
        <dl class="facts column" hidden=is_absent>
            {figures}
        </dl>
    }
    .into_piece()
}

fn seconds_since(info: &ServerInfo) -> u64 {
    (info.now_ms.saturating_sub(info.started_ms) / 1_000).unsigned_abs()
}

fn viewers(info: &ServerInfo) -> String {
    let viewers = &info.viewers;
    let mut text = grouped(viewers.websocket + viewers.sse);
    for (count, name) in [
        (viewers.websocket, " WebSocket"),
        (viewers.sse, " server-sent events"),
        (viewers.sse_http2, " of these by HTTP/2"),
    ] {
        if count > 0 {
            text = [&text, " · ", &grouped(count), name].concat();
        }
    }
    text
}

fn store(store: &StoreInfo) -> String {
    let state = match (store.is_available, store.uncommitted_messages) {
        (true, 0) => "available".to_owned(),
        (true, waiting) => [&grouped(waiting), " messages are waiting"].concat(),
        (false, waiting) => ["unavailable, ", &grouped(waiting), " messages are waiting"].concat(),
    };
    let failed = match store.failed_commits {
        0 => String::new(),
        failed => [" · ", &grouped(failed), " failed or slow commits"].concat(),
    };
    let on_disk = optional(store.disk_bytes, |it| {
        [" · ", &size(it), " on disk"].concat()
    });
    let on_disk = if on_disk == ABSENT {
        String::new()
    } else {
        on_disk
    };
    [&store.kind, ", ", &state, &on_disk, &failed].concat()
}

fn of_store(info: &ServerInfo, text: impl Fn(&StoreInfo) -> String) -> String {
    info.store
        .as_ref()
        .map_or_else(|| "nothing is stored".to_owned(), text)
}

fn optional(value: Option<u64>, text: impl Fn(u64) -> String) -> String {
    value.map_or_else(|| ABSENT.to_owned(), text)
}

fn seconds(seconds: Option<f64>) -> String {
    match seconds {
        None => ABSENT.to_owned(),
        Some(seconds) => [&plain(seconds * 1_000.0, 1), "\u{a0}ms"].concat(),
    }
}

/// `12.0 MiB`.
pub(super) fn size(count: u64) -> String {
    bytes(count as f64).joined()
}

/// `12.0 MiB of 1.00 GiB`.
pub(super) fn of_max(used: u64, max: u64) -> String {
    [&size(used), " of ", &size(max)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_says_what_is_wrong_with_it() {
        let mut of = StoreInfo {
            kind: "SQLite".into(),
            is_available: true,
            used_bytes: Some(1 << 20),
            disk_bytes: Some(2 << 20),
            bytes_max: 1 << 30,
            commit_p50_s: Some(0.0012),
            commit_p99_s: None,
            failed_commits: 0,
            uncommitted_messages: 0,
            active_series: 120,
        };
        assert_eq!(store(&of), "SQLite, available · 2.00\u{a0}MiB on disk");
        of.is_available = false;
        of.uncommitted_messages = 7;
        of.failed_commits = 1;
        of.disk_bytes = None;
        let text = "SQLite, unavailable, 7 messages are waiting · 1 failed or slow commits";
        assert_eq!(store(&of), text);
        assert_eq!(seconds(of.commit_p50_s), "1.2\u{a0}ms");
    }
}
