//! Each error names the problem, its source, and the accepted values.

use super::{Finished, Workplace};
use std::net::TcpListener;

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = Workplace::new().run(&["serve", "--listen", &address]);
    finished.failed_with(&[&format!("listen on {address}"), "in use", "--listen"]);
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn an_unknown_flag() {
    let finished = Workplace::new().run(&["serve", "--lisen", "127.0.0.1:0"]);
    finished.failed_with(&["'--lisen'", "'--listen'"]);
}

#[test]
fn an_unwritable_data_directory() {
    // Not even root can create a directory below a file.
    let workplace = Workplace::new();
    workplace.write("file", "");
    let finished = workplace.run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        "file/data",
    ]);
    finished.failed_with(&["data directory `file/data`", "--data-dir"]);
}

#[test]
fn a_missing_configuration_file() {
    let finished = Workplace::new().run(&["serve", "--config", "missing.toml"]);
    finished.failed_with(&["`missing.toml`", "no such file", "--config"]);
}

#[test]
fn an_address_that_is_not_loopback() {
    for address in ["0.0.0.0:8765", "[::]:8765", "192.0.2.1:8765"] {
        let finished = Workplace::new().run(&["serve", "--listen", address]);
        finished.failed_with(&["`listen`", "--listen", address, "127.0.0.1:8765"]);
        finished.failed_with(&[
            "`tls_cert`",
            "`trusted_proxies`",
            "`allow_plain_http = true`",
        ]);
    }
}

#[test]
fn an_address_that_is_not_loopback_without_users() {
    let finished = Workplace::new().run(&[
        "serve",
        "--listen=0.0.0.0:0",
        "--allow-plain-http=true",
        "--database-url=memory:",
    ]);
    finished.failed_with(&["`listen`", "memory:", "loopback"]);
}

#[test]
fn half_of_a_certificate_or_two_of_them() {
    for (flags, parts) in [
        (&["--tls-cert=a.pem"][..], ["`tls_cert`", "`tls_key`"]),
        (&["--tls-key=a.pem"], ["`tls_key`", "`tls_cert`"]),
        (
            &[
                "--tls-cert=a.pem",
                "--tls-key=b.pem",
                "--tls-self-signed=true",
            ],
            ["`tls_self_signed`", "`tls_cert`"],
        ),
        (
            &["--tls-cert=a.pem", "--tls-key=b.pem"],
            ["`a.pem`", "No such file"],
        ),
    ] {
        let finished = Workplace::new().run(&[&["serve"][..], flags].concat());
        finished.failed_with(&parts);
    }
}

#[test]
fn invalid_configuration_files() {
    let table: [(&str, &[&str]); 11] = [
        ("listen = \n", &["watchroom.toml", "line 1"]),
        ("[ring\nframes = 1\n", &["watchroom.toml", "line 1"]),
        (
            "interval_ms = \"fast\"\n",
            &[
                "`interval_ms` in `watchroom.toml`",
                "\"fast\"",
                "100 to 3600000",
            ],
        ),
        ("demo = 1\n", &["`demo`", "watchroom.toml", "true or false"]),
        (
            "allowed_origins = [\"https://board.example/\"]\n",
            &[
                "`allowed_origins`",
                "watchroom.toml",
                "as in https://board.example",
            ],
        ),
        (
            "[keep]\nlogs_mib = 0\n",
            &[
                "`retention.streams.logs.mib` in `watchroom.toml`, called `keep.logs_mib` there",
                "1 to",
            ],
        ),
        ("listen = \"localhost\"\n", &["`listen`", "watchroom.toml"]),
        (
            "interval_ms = 99\n",
            &["`interval_ms`", "99", "100 to 3600000", "watchroom.toml"],
        ),
        (
            "[ring]\nframes = 0\n",
            &["`ring.frames` in `watchroom.toml`", "1 to 100000000"],
        ),
        (
            "colour = \"blue\"\n",
            &["`colour`", "watchroom.toml", "`listen`"],
        ),
        (
            "[ring]\nsize = 1\n",
            &["`ring.size`", "watchroom.toml", "`ring.frames`"],
        ),
    ];
    for (content, parts) in table {
        let workplace = Workplace::new();
        workplace.write("watchroom.toml", content);
        for command in [&["serve"][..], &["config", "check"], &["config", "show"]] {
            let finished = workplace.run(command);
            finished.failed_with(parts);
        }
    }
}

#[test]
fn invalid_flags() {
    let table: [(&[&str], &[&str]); 8] = [
        (
            &["--interval-ms", "5"],
            &["`interval_ms`", "--interval-ms", "100 to 3600000"],
        ),
        (
            &["--interval-ms", "fast"],
            &[
                "`interval_ms` from the flag --interval-ms",
                "\"fast\"",
                "100 to 3600000",
            ],
        ),
        (
            &["--demo-days", "-1"],
            &["`demo_days`", "\"-1\"", "0 to 60"],
        ),
        (
            &["--demo=maybe"],
            &["`demo`", "--demo", "\"maybe\"", "true or false"],
        ),
        (&["--listen", "here"], &["`listen`", "--listen"]),
        (
            &["--ring-frames", "0"],
            &["`ring.frames`", "--ring-frames", "1 to 100000000"],
        ),
        (&["--log", "a=b=c"], &["`log`", "--log", "a=b=c", "info"]),
        (
            &["--log-format", "xml"],
            &["--log-format", "\"xml\"", "text, json or journald"],
        ),
    ];
    for (flags, parts) in table {
        let args = [&["serve"], flags].concat();
        Workplace::new().run(&args).failed_with(parts);
    }
}

#[test]
fn invalid_environment_variables() {
    let table = [
        (
            "WATCHROOM_INTERVAL_MS",
            "fast",
            ["`interval_ms`", "100 to 3600000"],
        ),
        (
            "WATCHROOM_RING__FRAMES",
            "0",
            ["`ring.frames`", "1 to 100000000"],
        ),
        (
            "WATCHROOM_RETENTION__TIERS__SECOND__DAYS",
            "1",
            ["`retention.tiers.second.days`", "2 to 3650"],
        ),
        (
            "WATCHROOM_KEEP__STORE_MIB",
            "1",
            ["`retention.store_mib`", "16 to"],
        ),
        (
            "WATCHROOM_ALLOWED_HOSTS",
            "board.example",
            ["`allowed_hosts`", "host names"],
        ),
        ("WATCHROOM_WS_URL", "http://board", ["`ws_url`", "wss://"]),
        ("WATCHROOM_LOG", "a=b=c", ["`log`", "info"]),
        ("WS_PORT", "70000", ["`listen`", "0 to 65535"]),
        ("WS_PORT", "http", ["`listen`", "0 to 65535"]),
        ("WS_HOST", "board", ["`listen`", "as in 127.0.0.1"]),
        ("WS_HOST", "0.0.0.0", ["`listen`", "a loopback address"]),
    ];
    for (name, value, parts) in table {
        let workplace = Workplace::new();
        let finished = Finished::of(workplace.command(&["serve"]).env(name, value));
        finished.failed_with(&parts);
        finished.failed_with(&[name]);
    }
}
