//! Each mistake gets a sentence: what was wrong, where it came from, what would be right.

use super::{Finished, Workplace};
use std::net::TcpListener;

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = Workplace::new().run(&["serve", "--listen", &address]);
    finished.failed_saying(&[&format!("listen on {address}"), "in use", "--listen"]);
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn an_unknown_flag() {
    let finished = Workplace::new().run(&["serve", "--lisen", "127.0.0.1:0"]);
    finished.failed_saying(&["'--lisen'", "'--listen'"]);
}

#[test]
fn a_data_directory_that_cannot_be_written_to() {
    // Below a file nobody can make a directory, not even root.
    let workplace = Workplace::new();
    workplace.write("file", "");
    let finished = workplace.run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        "file/data",
    ]);
    finished.failed_saying(&["data directory `file/data`", "--data-dir"]);
}

#[test]
fn a_configuration_file_that_is_not_there() {
    let finished = Workplace::new().run(&["serve", "--config", "missing.toml"]);
    finished.failed_saying(&["`missing.toml`", "no such file", "--config"]);
}

#[test]
fn an_address_that_others_can_reach() {
    for address in ["0.0.0.0:8765", "[::]:8765", "192.0.2.1:8765"] {
        let finished = Workplace::new().run(&["serve", "--listen", address]);
        finished.failed_saying(&["`listen`", "--listen", address, "127.0.0.1:8765"]);
    }
}

#[test]
fn what_is_wrong_in_the_configuration_file() {
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
            finished.failed_saying(parts);
        }
    }
}

#[test]
fn what_is_wrong_in_a_flag() {
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
            &["--log-format", "\"xml\"", "text or json"],
        ),
    ];
    for (flags, parts) in table {
        let args = [&["serve"], flags].concat();
        Workplace::new().run(&args).failed_saying(parts);
    }
}

#[test]
fn what_is_wrong_in_the_environment() {
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
        ("WS_HOST", "0.0.0.0", ["`listen`", "only a loopback"]),
    ];
    for (name, value, parts) in table {
        let workplace = Workplace::new();
        let finished = Finished::of(workplace.command(&["serve"]).env(name, value));
        finished.failed_saying(&parts);
        finished.failed_saying(&[name]);
    }
}
