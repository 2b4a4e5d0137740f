//! Every setting. Each has a field in [`Config`](super::Config), which a test holds.

mod inputs;
mod network;

use super::setting::{Default, Kind, Setting};
use super::{checks, data_dir};
use inputs::INPUTS;
use network::{CONNECTIONS, NETWORK};
use protocol::Stream;
use std::sync::LazyLock;

/// Settings that belong together.
#[derive(Debug)]
pub struct Group {
    /// The heading above them.
    pub title: &'static str,
    /// In the order in which they are shown.
    pub settings: &'static [Setting],
}

/// All groups, with all settings.
pub static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    vec![
        Group {
            title: "Server",
            settings: SERVER,
        },
        Group {
            title: "Network",
            settings: NETWORK,
        },
        Group {
            title: "Access",
            settings: ACCESS,
        },
        Group {
            title: "Inputs",
            settings: INPUTS,
        },
        Group {
            title: "Alerts",
            settings: ALERTS,
        },
        Group {
            title: "Simulated host",
            settings: DEMO,
        },
        Group {
            title: "Logging",
            settings: LOGGING,
        },
        Group {
            title: "Viewers",
            settings: VIEWERS,
        },
        Group {
            title: "Connections",
            settings: CONNECTIONS,
        },
        Group {
            title: "Memory",
            settings: MEMORY,
        },
        Group {
            title: "Retention",
            settings: RETENTION.as_slice(),
        },
    ]
});

/// Every setting.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

/// The setting of this key.
pub(super) fn named(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

const SERVER: &[Setting] = &[
    Setting::new(
        "listen",
        Kind::Text {
            default: Default::Fixed("127.0.0.1:8765"),
            accepted: "an address with a port, as in 127.0.0.1:8765",
            check: checks::is_socket_address,
        },
        "Address and port to listen on; port 0 takes any free one. An address that other machines reach \
         needs TLS, `trusted_proxies` or `allow_plain_http`",
    )
    .flag("--listen", "ADDRESS:PORT"),
    Setting::new(
        "data_dir",
        Kind::Text {
            default: Default::Found {
                find: data_dir::default,
                described: "~/.local/share/watchroom",
            },
            accepted: "a path",
            check: checks::is_any,
        },
        "Directory of the database, created if it is missing",
    )
    .flag("--data-dir", "DIR"),
    Setting::new(
        "database_url",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "postgres://user:password@host/database, memory: to store nothing, or empty for a \
                       file in the data directory",
            check: checks::is_database,
        },
        "Database of messages and samples",
    )
    .flag("--database-url", "URL")
    .alias("DATABASE_URL")
    .secret(),
    Setting::integer(
        "interval_ms",
        1_000,
        100..=3_600_000,
        "Time between two samples, in milliseconds",
    )
    .flag("--interval-ms", "MS"),
    Setting::new(
        "host",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "1 to 100 letters and digits of ASCII, dots, hyphens and underscores, or empty for the \
                       hostname at the first start; only empty with `demo`",
            check: checks::is_own_host,
        },
        "Name of this host; another name renames it with its history, and `local` always means it",
    )
    .flag("--host", "NAME"),
    Setting::integer(
        "restart_spread_ms",
        1_000,
        0..=3_000,
        "Time over which viewers are disconnected when the server stops, in milliseconds, so that \
         they do not reconnect all at once",
    ),
];

const ACCESS: &[Setting] = &[
    Setting::new(
        "allowed_hosts",
        Kind::List {
            accepted: "host names without scheme and port, as in board.example",
            check: checks::is_host_name,
        },
        "Host names to answer to, beside `localhost` and addresses",
    )
    .flag("--allowed-host", "NAME")
    .reloads(),
    Setting::new(
        "allowed_origins",
        Kind::List {
            accepted: "origins without a path, as in https://board.example, or null",
            check: checks::is_origin,
        },
        "Origins whose pages may connect, beside the server's own and those of this machine",
    )
    .flag("--allowed-origin", "ORIGIN")
    .reloads(),
    Setting::new(
        "ws_url",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "ws://… or wss://…, or empty for the page's own address",
            check: checks::is_socket_url,
        },
        "Address of the WebSocket for the page",
    )
    .flag("--ws-url", "URL"),
    Setting::new(
        "board_images",
        Kind::List {
            accepted: "origins without a path, as in https://images.example",
            check: checks::is_image_origin,
        },
        "Origins of which boards may show images; each learns the address of everyone who looks at such a board",
    ),
    Setting::new(
        "jwt_secret",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "at least 32 characters, or empty to accept no JSON Web Tokens",
            check: checks::is_jwt_secret,
        },
        "Secret of JSON Web Tokens (HS256), which another program may have, too, to let its users in",
    )
    .alias("JWT_SECRET")
    .secret(),
    Setting::new(
        "jwt_role_max",
        Kind::Choice {
            default: "operator",
            accepted: &["viewer", "operator", "admin"],
        },
        "Highest role that JSON Web Tokens of other programs can have",
    ),
    Setting::new(
        "proxy_user_header",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "the name of a header, as in x-forwarded-user, or empty; only with `trusted_proxies`",
            check: checks::is_header_name,
        },
        "Header in which a trusted proxy names the user that it has signed in; it has to remove it from what clients send",
    ),
    Setting::new(
        "proxy_user_role",
        Kind::Choice {
            default: "viewer",
            accepted: &["viewer", "operator", "admin"],
        },
        "Role of a user whom a trusted proxy names for the first time",
    ),
    Setting::new(
        "public",
        Kind::Choice {
            default: "nothing",
            accepted: &["nothing", "dashboard"],
        },
        "What everybody may see without signing in, once a login is required: with `dashboard` metrics, alerts and checks of \
         all hosts, live and stored",
    ),
    Setting::new(
        "status_page",
        Kind::Choice {
            default: "off",
            accepted: &["off", "signed-in", "public"],
        },
        "Whom the page /status is for, which shows whether checks with `public = true` are up: nobody, users, or everybody",
    ),
];

const ALERTS: &[Setting] = &[
    Setting::new(
        "alerts.rules_dir",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "a path, or empty for `rules` in the data directory",
            check: checks::is_any,
        },
        "Directory of files of rules, `*.toml`; they are read again when the configuration is",
    )
    .reloads(),
    Setting::new(
        "alerts.page_url",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "http://… or https://…, or empty for the address that the server listens on",
            check: checks::is_page_url,
        },
        "Address of the page in notifications",
    ),
    Setting::new(
        "alerts.dead_mans_switch_url",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "an http or https URL, or empty",
            check: checks::is_target_url,
        },
        "URL that is requested each minute while all is well, so that its service notifies you when Watchroom itself is down",
    ),
    Setting::new(
        "alerts.smtp_url",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "smtps://user:password@host, smtp://user:password@host?tls=required, smtp://host without a \
                       password, or empty",
            check: checks::is_smtp_url,
        },
        "Server that sends notifications by e-mail",
    )
    .secret(),
    Setting::new(
        "alerts.smtp_from",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "an address such as `Watchroom <watchroom@example.org>`; only empty without `alerts.smtp_url`",
            check: checks::is_mailbox,
        },
        "Sender of notifications by e-mail",
    ),
    Setting::new(
        "alerts.default_rules",
        Kind::Switch { default: true },
        "Whether the rules that come with the program are evaluated",
    )
    .reloads(),
];

const DEMO: &[Setting] = &[
    Setting::new(
        "demo",
        Kind::Switch { default: false },
        "Whether a simulated host is shown instead of this one",
    )
    .flag("--demo", "true|false"),
    Setting::integer(
        "demo_days",
        14,
        0..=60,
        "Days of the past that the simulated host begins with, at most \
         `retention.tiers.second.days`; with 0 each start is at the same time of a Wednesday",
    )
    .flag("--demo-days", "DAYS"),
    Setting::integer(
        "demo_rate",
        0,
        0..=collector::DEMO_RATE_MAX as i64,
        "Messages a second in all, filled up with values of labels; 0 adds none",
    )
    .flag("--demo-rate", "N"),
    Setting::integer(
        "demo_labels",
        // As many lines as a busy application's page may have; more would be noise.
        64,
        1..=collector::DEMO_LABELS_MAX as i64,
        "Labels that `demo_rate` is spread over",
    )
    .flag("--demo-labels", "N"),
    Setting::integer(
        "demo_hosts",
        1,
        1..=collector::DEMO_HOSTS_MAX as i64,
        "Simulated hosts, called `demo`, `demo-2` and so on, each with its own seed; more than one only \
         with `demo`. The others have metrics alone, and less of a past: a day at most, and together \
         some two days",
    )
    .flag("--demo-hosts", "N"),
    Setting::integer(
        "demo_seed",
        1,
        0..=i64::MAX,
        "Seed of the simulation; the same seed simulates the same",
    )
    .flag("--demo-seed", "SEED"),
];

const LOGGING: &[Setting] = &[
    Setting::new(
        "log",
        Kind::Text {
            default: Default::Fixed("info"),
            accepted: "error, warn, info, debug, trace or off, or by module as in \
                       info,server::ws=debug",
            check: checks::is_log_filter,
        },
        "Level of the log, which goes to standard error",
    )
    .flag("--log", "LEVEL")
    .reloads(),
    Setting::new(
        "log_format",
        Kind::Choice {
            default: "text",
            accepted: &["text", "json", "journald"],
        },
        "Format of the log; journald has priorities as systemd's journal reads them, and no time",
    )
    .flag("--log-format", "FORMAT"),
];

const VIEWERS: &[Setting] = &[
    Setting::integer(
        "heartbeat_ms",
        15_000,
        100..=600_000,
        "Time within which a viewer must show a sign of life, in milliseconds",
    ),
    Setting::integer(
        "sweeps",
        0,
        0..=256,
        "Threads that write to viewers; 0 is one for each two cores",
    ),
    Setting::integer("limits.viewers", 20_000, 1..=COUNT_MAX, "Viewers in all").reloads(),
    Setting::integer(
        "limits.viewers_per_address",
        200,
        1..=COUNT_MAX,
        "Viewers from one address; loopback is exempt while login is off",
    )
    .reloads(),
    Setting::integer(
        "limits.messages_per_second",
        50,
        1..=COUNT_MAX,
        "Messages that one viewer may send in a second, steadily",
    )
    .reloads(),
    Setting::integer(
        "limits.messages_burst",
        200,
        1..=COUNT_MAX,
        "Messages that one viewer may send at once",
    )
    .reloads(),
];

const MEMORY: &[Setting] = &[
    Setting::integer(
        "ring.frames",
        20_000,
        1..=FRAMES_MAX,
        "Newest messages held in memory",
    )
    .flag("--ring-frames", "N"),
    Setting::integer(
        "ring.bytes",
        8 << 20,
        1 << 16..=1 << 40,
        "Bytes of the newest messages held in memory, all encodings counted, but for logs",
    ),
    Setting::integer(
        "ring.bulk_bytes",
        16 << 20,
        1 << 16..=1 << 40,
        "The same for logs and samples, which can be so many that they would leave no room for others",
    ),
    Setting::integer(
        "series_max",
        100_000,
        4_000..=COUNT_MAX,
        "Active series, 3,100 of which are for hosts; beyond, new ones are rejected. Each takes about a kilobyte",
    ),
];

/// Samples are stored as series for longer than as messages. Processes reach as far back as their room
/// does.
static RETENTION: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let mut settings: Vec<_> = Stream::ALL.into_iter().flat_map(stream_retention).collect();
    settings.extend(TIERS_RETENTION);
    settings
});

/// Created once, so its keys may live as long as the program.
fn stream_retention(stream: Stream) -> [Setting; 2] {
    let definition = stream.definition();
    let key = |limit: &str| -> &'static str {
        format!("retention.streams.{}.{limit}", stream.name()).leak()
    };
    let days = Setting::integer(
        key("days"),
        definition.retention_days.into(),
        1..=DAYS_MAX,
        "Age at which messages of the stream are deleted, in days",
    );
    let mib = Setting::integer(
        key("mib"),
        definition.retention_mib.into(),
        1..=MIB_MAX,
        "Size beyond which the oldest messages of the stream are deleted, in MiB",
    );
    // The streams of presets are those of the version that had other keys.
    if !definition.is_in_presets {
        return [days, mib];
    }
    let former = |limit: &str| -> &'static str { format!("keep.{}_{limit}", stream.name()).leak() };
    [
        days.renamed_from(former("days")),
        mib.renamed_from(former("mib")),
    ]
}

const TIERS_RETENTION: [Setting; 4] = [
    Setting::integer(
        "retention.tiers.second.days",
        14,
        2..=DAYS_MAX,
        "Age at which single samples are deleted, in days",
    )
    .renamed_from("keep.samples_days"),
    Setting::integer(
        "retention.tiers.minute.days",
        92,
        1..=DAYS_MAX,
        "Age at which the minimum, maximum and mean of each minute are deleted, in days; no sooner \
         than single samples",
    )
    .renamed_from("keep.minutes_days"),
    Setting::integer(
        "retention.tiers.hour.days",
        731,
        1..=DAYS_MAX,
        "Age at which the minimum, maximum and mean of each hour are deleted, in days; no sooner \
         than minutes",
    )
    .renamed_from("keep.hours_days"),
    Setting::integer(
        "retention.store_mib",
        2_048,
        16..=MIB_MAX,
        "Size of the whole database, in MiB; beyond it the oldest of its largest part is deleted",
    )
    .renamed_from("keep.store_mib"),
];

const COUNT_MAX: i64 = 1_000_000;
const FRAMES_MAX: i64 = 100_000_000;
/// Ten years.
const DAYS_MAX: i64 = 3_650;
/// 16 TiB.
const MIB_MAX: i64 = 1 << 24;
