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
    let table: [(&str, &[&str]); 8] = [
        ("listen = \n", &["watchroom.toml", "line 1"]),
        ("[ring\nframes = 1\n", &["watchroom.toml", "line 1"]),
        (
            "interval_ms = \"fast\"\n",
            &["`interval_ms`", "\"fast\"", "watchroom.toml"],
        ),
        ("listen = \"localhost\"\n", &["`listen`", "watchroom.toml"]),
        (
            "interval_ms = 99\n",
            &["`interval_ms`", "99", "100 to 3600000", "watchroom.toml"],
        ),
        (
            "[ring]\nframes = 0\n",
            &["`ring.frames`", "at least 1", "watchroom.toml"],
        ),
        (
            "colour = \"blue\"\n",
            &["`colour`", "watchroom.toml", "`listen`"],
        ),
        (
            "[ring]\nsize = 1\n",
            &["`size`", "watchroom.toml", "`frames`"],
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
    let table: [(&[&str], &[&str]); 5] = [
        (
            &["--interval-ms", "5"],
            &["`interval_ms`", "--interval-ms", "100 to 3600000"],
        ),
        (&["--interval-ms", "fast"], &["--interval-ms", "'fast'"]),
        (&["--listen", "here"], &["`listen`", "--listen"]),
        (
            &["--ring-bytes", "1"],
            &["`ring.bytes`", "--ring-bytes", "65536"],
        ),
        (&["--log", "a=b=c"], &["`log`", "a=b=c"]),
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
            ["`interval_ms`", "\"fast\""],
        ),
        (
            "WATCHROOM_RING__FRAMES",
            "0",
            ["`ring.frames`", "at least 1"],
        ),
        ("WS_PORT", "70000", ["`listen`", "0 to 65535"]),
        ("WS_PORT", "http", ["`listen`", "0 to 65535"]),
        ("WS_HOST", "board", ["`listen`", "as in 127.0.0.1"]),
        ("WS_HOST", "0.0.0.0", ["`listen`", "only loopback"]),
    ];
    for (name, value, parts) in table {
        let workplace = Workplace::new();
        let finished = Finished::of(workplace.command(&["serve"]).env(name, value));
        finished.failed_saying(&parts);
        finished.failed_saying(&[name]);
    }
}
