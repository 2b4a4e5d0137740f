//! The sources of settings.

use super::{Finished, Running, Workplace};

/// The value of a setting as `config show` has it.
fn shown(finished: &Finished, name: &str) -> String {
    assert!(finished.status.success(), "{finished:?}");
    let mut values = finished
        .stdout
        .lines()
        .filter_map(|line| line.split_once(" = "));
    let value = values.find_map(|(found, value)| (found == name).then(|| value.to_owned()));
    value.unwrap_or_else(|| panic!("no {name} in {finished:?}"))
}

#[test]
fn each_source_overrides_the_one_before() {
    let workplace = Workplace::new();
    let show = ["config", "show"];
    assert_eq!(shown(&workplace.run(&show), "interval_ms"), "1000");

    workplace.write(
        "watchroom.toml",
        "interval_ms = 2000\ndemo_seed = 22\n[ring]\nframes = 222\n",
    );
    assert_eq!(shown(&workplace.run(&show), "interval_ms"), "2000");

    let with_environment = |args: &[&str]| {
        let mut command = workplace.command(args);
        command.env("WATCHROOM_INTERVAL_MS", "3000");
        Finished::of(command.env("WATCHROOM_RING__FRAMES", "333"))
    };
    assert_eq!(shown(&with_environment(&show), "interval_ms"), "3000");

    let all = with_environment(&["config", "show", "--interval-ms", "4000"]);
    assert_eq!(shown(&all, "interval_ms"), "4000", "the flag");
    assert_eq!(shown(&all, "frames"), "333", "the environment");
    assert_eq!(shown(&all, "demo_seed"), "22", "the file");
    assert_eq!(shown(&all, "demo_rate"), "0", "the default");
}

#[test]
fn a_deprecated_name_is_accepted_with_a_warning() {
    let workplace = Workplace::new();
    workplace.write(
        "watchroom.toml",
        "[keep]\nstore_mib = 100\n[retention.streams]\nlogs = { mib = 7 }\n",
    );
    let variable = ("WATCHROOM_KEEP__HOURS_DAYS", "1000");
    let run = |args: &[&str]| Finished::of(workplace.command(args).env(variable.0, variable.1));
    let finished = run(&["config", "show"]);
    assert_eq!(shown(&finished, "store_mib"), "100");
    assert!(finished.stdout.contains("days = 1000"), "{finished:?}");
    assert!(finished.stdout.contains("mib = 7"), "{finished:?}");

    let checked = run(&["config", "check"]);
    assert!(checked.status.success(), "{checked:?}");
    for (old, new) in [
        ("keep.store_mib", "retention.store_mib"),
        (variable.0, "WATCHROOM_RETENTION__TIERS__HOUR__DAYS"),
    ] {
        let mut warnings = checked.stderr.lines();
        assert!(
            warnings.any(|line| line.contains(old) && line.contains(new)),
            "{checked:?}"
        );
    }
}

#[test]
fn config_check_warns_of_unknown_settings() {
    let workplace = Workplace::new();
    let mut command = workplace.command(&["config", "check"]);
    let finished = Finished::of(command.env("WATCHROOM_LISTN", "x"));
    assert!(finished.status.success(), "{finished:?}");
    assert!(finished.stderr.contains("WATCHROOM_LISTN"), "{finished:?}");
}

#[test]
fn help_shows_each_flag_with_its_values() {
    let help = Workplace::new().run(&["serve", "--help"]);
    assert!(help.status.success(), "{help:?}");
    let words: Vec<_> = help.stdout.split_whitespace().collect();
    let text = words.join(" ");
    for part in [
        "--interval-ms <MS> Time between two samples, in milliseconds [default: 1000] \
         [accepted: 100 to 3600000]",
        "--demo[=<true|false>] Whether a simulated host is shown",
        "Access:",
        "watchroom config show",
    ] {
        assert!(text.contains(part), "no {part:?} in {}", help.stdout);
    }
}

#[test]
fn host_and_port_have_aliases_of_lower_precedence() {
    let workplace = Workplace::new();
    workplace.write("watchroom.toml", "listen = \"127.0.0.2:8000\"\n");
    let show = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = workplace.command(&[&["config", "show"], flags].concat());
        shown(
            &Finished::of(command.envs(variables.iter().copied())),
            "listen",
        )
    };
    let host = ("WS_HOST", "localhost");
    let port = ("WS_PORT", "9000");
    assert_eq!(show(&[port], &[]), "\"127.0.0.2:9000\"");
    assert_eq!(show(&[host], &[]), "\"127.0.0.1:8000\"");
    assert_eq!(show(&[host, port], &[]), "\"127.0.0.1:9000\"");
    assert_eq!(show(&[("WS_HOST", "::1"), port], &[]), "\"[::1]:9000\"");
    let setting = ("WATCHROOM_LISTEN", "127.0.0.3:7000");
    assert_eq!(show(&[host, port, setting], &[]), "\"127.0.0.3:7000\"");
    let flag = ["--listen", "127.0.0.4:6000"];
    assert_eq!(show(&[host, port, setting], &flag), "\"127.0.0.4:6000\"");
    assert_eq!(
        show(&[("WS_PORT", "none")], &flag),
        "\"127.0.0.4:6000\"",
        "what counts for nothing is not judged"
    );
}

#[test]
fn a_named_file_replaces_the_default_one() {
    let workplace = Workplace::new();
    workplace.write("watchroom.toml", "interval_ms = 2000\ndemo_seed = 22\n");
    workplace.write("other.toml", "interval_ms = 5000\n");
    let finished = workplace.run(&["config", "show", "--config", "other.toml"]);
    assert_eq!(shown(&finished, "interval_ms"), "5000");
    assert_eq!(shown(&finished, "demo_seed"), "1");
}

#[test]
fn a_password_is_not_shown() {
    let workplace = Workplace::new();
    for (url, seen) in [
        (
            "postgres://anna:s:e@c@db.example/w",
            "postgres://anna:***@db.example/w",
        ),
        (
            "postgres://anna@db.example/w",
            "postgres://anna@db.example/w",
        ),
    ] {
        let finished = workplace.run(&["config", "show", "--database-url", url]);
        assert_eq!(shown(&finished, "database_url"), format!("\"{seen}\""));
    }
}

#[test]
fn config_show_prints_a_valid_file() {
    let workplace = Workplace::new();
    let flags = [
        "--ring-frames",
        "77",
        "--allowed-host",
        "a.example",
        "--demo",
    ];
    let first = workplace.run(&[&["config", "show"][..], &flags].concat());
    assert!(first.status.success(), "{first:?}");
    workplace.write("watchroom.toml", &first.stdout);
    let second = workplace.run(&["config", "show"]);
    assert_eq!(first.stdout, second.stdout);
    let checked = workplace.run(&["config", "check"]);
    assert!(checked.status.success(), "{checked:?}");
    assert_eq!(checked.stdout.lines().count(), 1, "{checked:?}");
}

#[test]
fn without_a_home_it_names_the_setting_and_creates_nothing() {
    let workplace = Workplace::new();
    let bare = |args: &[&str]| {
        let mut command = workplace.command(args);
        for name in ["HOME", "XDG_DATA_HOME", "STATE_DIRECTORY", "LOCALAPPDATA"] {
            command.env_remove(name);
        }
        command
    };
    for args in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["config", "check"],
        &["config", "show"],
    ] {
        let finished = Finished::of(&mut bare(args));
        finished.failed_with(&["`data_dir`", "--data-dir", "HOME", "StateDirectory="]);
    }
    assert_eq!(std::fs::read_dir(workplace.path()).unwrap().count(), 0);

    let show = ["config", "show"];
    let state = workplace.path().join("state");
    let finished = Finished::of(bare(&show).env("STATE_DIRECTORY", &state));
    assert_eq!(shown(&finished, "data_dir"), format!("{state:?}"));

    // Without a store no directory is needed.
    let flags = [
        "serve",
        "--demo",
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        "memory:",
    ];
    let finished = Running::start(&mut bare(&flags)).terminate();
    assert!(finished.status.success(), "{finished:?}");
    assert_eq!(std::fs::read_dir(workplace.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_has_a_separate_data_directory_by_default() {
    let workplace = Workplace::new();
    let data_dir = |flags: &[&str]| {
        let finished = workplace.run(&[&["config", "show"], flags].concat());
        shown(&finished, "data_dir").trim_matches('"').to_owned()
    };
    let own = data_dir(&[]);
    assert!(own.ends_with("/watchroom"), "{own}");
    assert_eq!(data_dir(&["--demo"]), format!("{own}/demo"));
    assert_eq!(data_dir(&["--demo", "--data-dir=here"]), "here");
    assert_eq!(data_dir(&["--demo", &format!("--data-dir={own}")]), own);
    workplace.write("watchroom.toml", "demo = true\ndata_dir = \"there\"\n");
    assert_eq!(data_dir(&[]), "there");
}
