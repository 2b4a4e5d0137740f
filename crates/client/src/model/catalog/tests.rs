use super::*;
use crate::model::selection::{LineOptions, SelectionId, SeriesFilter};
use crate::model::series::Line;
use protocol::{Selector, Timestamp};

fn sample(host: &str, second: i64, more: &str) -> Metrics {
    let at = Timestamp::from_unix_ms(second * 1_000);
    let text = format!(r#"{{"host":"{host}","timestamp":"{at}","interval_ms":1000{more}}}"#);
    serde_json::from_str(&text).expect("a sample")
}

fn data(second: i64, label: &str, value: f64, more: &str) -> Data {
    let at = Timestamp::from_unix_ms(second * 1_000);
    let text = format!(r#"{{"timestamp":"{at}","label":"{label}","value":{value}{more}}}"#);
    serde_json::from_str(&text).expect("data")
}

fn select(catalog: &mut Catalog, selector: &str) -> SelectionId {
    catalog.select(SeriesFilter::Matching(
        selector.parse().expect("a selector"),
    ))
}

fn values(catalog: &Catalog, id: SelectionId) -> Vec<Option<f64>> {
    catalog.lines(id).iter().map(|line| line.value).collect()
}

fn points(line: &Line<'_>) -> Vec<(f64, Option<f64>)> {
    let points = line.points();
    let samples = points.samples(0..points.len());
    samples.map(|it| (it.at_ms / 1_000.0, it.value)).collect()
}

const DISKS: &str = r#","disks":[{"mount":"/","percent":1,"used_bytes":1,"total_bytes":9,"read":5},
    {"mount":"/home","percent":1,"used_bytes":1,"total_bytes":9,"read":7}]"#;

#[test]
fn a_selector_finds_series_whenever_they_come() {
    let mut catalog = Catalog::default();
    let before = select(&mut catalog, r#"temperature{host="a",sensor!=""}"#);
    assert!(catalog.lines(before).is_empty());
    let sensors = r#","temperatures":[{"label":"10","celsius":40},{"label":"9","celsius":50}]"#;
    catalog.push_metrics(&sample("a", 1, sensors));
    catalog.push_metrics(&sample("b", 1, sensors));
    assert_eq!(
        values(&catalog, before),
        [Some(50.0), Some(40.0)],
        "9 before 10"
    );
    let after = select(&mut catalog, r#"temperature{sensor="9"}"#);
    assert_eq!(values(&catalog, after), [Some(50.0); 2], "of both hosts");
    assert_eq!(select(&mut catalog, r#"temperature{sensor="9"}"#), after);
}

#[test]
fn the_text_of_a_series_that_exists_means_that_alone() {
    let mut catalog = Catalog::default();
    let total = select(&mut catalog, r#"cpu{host="a"}"#);
    assert_eq!(values(&catalog, total), [None], "a line is kept for it");
    catalog.push_metrics(&sample("a", 1, r#","cpu":5,"cores":[1,9]"#));
    assert_eq!(values(&catalog, total), [Some(5.0)]);
    let cores = select(&mut catalog, r#"cpu{host="a",core!=""}"#);
    assert_eq!(values(&catalog, cores), [Some(1.0), Some(9.0)]);
}

#[test]
fn what_the_newest_sample_lacks_has_no_value_and_its_line_ends() {
    let mut catalog = Catalog::default();
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    catalog.push_metrics(&sample("a", 1, r#","cpu":5"#));
    assert!(
        !catalog.push_metrics(&sample("a", 1, r#","cpu":5"#)),
        "a repeated answer"
    );
    for second in [2, 3] {
        catalog.push_metrics(&sample("a", second, ""));
        assert_eq!(values(&catalog, cpu), [None]);
    }
    assert_eq!(
        points(&catalog.lines(cpu)[0]),
        [(1.0, Some(5.0)), (2.0, None)]
    );
}

#[test]
fn what_programs_report_keeps_its_value() {
    let mut catalog = Catalog::default();
    let all = catalog.select(SeriesFilter::Reported { host: "a".into() });
    catalog.push_metrics(&sample("a", 1, r#","cpu":5"#));
    catalog.push_data(&data(1, "b", 2.0, r#","source":"shop""#));
    catalog.push_data(&data(1, "c", 3.0, r#","labels":{"region":"eu"}"#));
    catalog.push_data(&data(1, "d", 4.0, r#","host":"other""#));
    catalog.push_metrics(&sample("a", 60, r#","cpu":5"#));
    assert_eq!(values(&catalog, all), [Some(3.0), Some(2.0)]);
    let region = select(&mut catalog, r#"c{region="eu"}"#);
    assert_eq!(values(&catalog, region), [Some(3.0)]);
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    assert!(catalog.is_sampled(cpu));
    assert!(!catalog.is_sampled(region));
}

#[test]
fn a_fold_is_the_same_whether_it_was_asked_for_before_or_after() {
    let mut catalog = Catalog::default();
    let read = r#"sum(disk_read{host="a"})"#;
    let before = select(&mut catalog, read);
    for second in [1, 2] {
        catalog.push_metrics(&sample("a", second, DISKS));
    }
    let after = select(&mut catalog, r#"sum by (host) (disk_read{host="a"})"#);
    catalog.push_metrics(&sample("a", 3, DISKS));
    for id in [before, after] {
        let lines = catalog.lines(id);
        let expected = [(1.0, Some(12.0)), (2.0, Some(12.0)), (3.0, Some(12.0))];
        assert_eq!(points(&lines[0]), expected);
        assert_eq!(lines[0].value, Some(12.0));
        assert_eq!(lines[0].unit.map(Unit::as_str), Some("B/s"));
    }
}

#[test]
fn lines_end_where_points_are_missing() {
    let mut catalog = Catalog::default();
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    catalog.push_metrics(&sample("a", 1, r#","cpu":5"#));
    catalog.cut(true);
    catalog.push_metrics(&sample("a", 9, r#","cpu":6"#));
    let expected = [(1.0, Some(5.0)), (1.001, None), (9.0, Some(6.0))];
    assert_eq!(points(&catalog.lines(cpu)[0]), expected);
}

#[test]
fn a_longer_interval_is_no_hole() {
    let mut catalog = Catalog::default();
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    catalog.push_metrics(&sample("a", 1, r#","cpu":5"#));
    catalog.set_interval(10_000);
    let newest = catalog.host("a").and_then(|host| host.newest);
    assert_eq!(newest.map(|it| it.interval_ms), Some(10_000));
    catalog.push_metrics(&sample("a", 11, r#","cpu":5"#));
    let lines = catalog.lines(cpu);
    let newest = lines[0].points().newest();
    assert_eq!(newest.map(|it| it.interval_ms), Some(10_000));
}

#[test]
fn another_moment_has_other_values_and_the_same_lines() {
    let mut catalog = Catalog::default();
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    let read = select(&mut catalog, r#"sum(disk_read{host="a"})"#);
    catalog.push_metrics(&sample("a", 100, &format!(r#","cpu":5{DISKS}"#)));
    let value = |text: &str, at_ms, value| MomentValue {
        key: text.parse::<Selector>().unwrap().key().unwrap(),
        unit: None,
        at_ms,
        value,
        interval_ms: None,
    };
    let then = catalog.at_moment(&[
        value(r#"cpu{host="a"}"#, 50_000.0, 91.0),
        value(r#"disk_read{host="a",mount="/"}"#, 50_000.0, 3.0),
        value(r#"disk_read{host="a",mount="/home"}"#, 50_000.0, 4.0),
        value(r#"memory{host="a"}"#, 40_000.0, 1.0),
    ]);
    assert_eq!(values(&then, cpu), [Some(91.0)]);
    assert_eq!(values(&then, read), [Some(7.0)]);
    assert_eq!(points(&then.lines(cpu)[0]), points(&catalog.lines(cpu)[0]));
    let newest = then.host("a").and_then(|host| host.newest);
    assert_eq!(newest.map(|it| it.at_ms()), Some(50_000.0));
    let memory = SeriesKey::new("a", "memory", []);
    assert_eq!(then.find_value(&memory), None, "of a sample before");
    assert_eq!(values(&catalog.at_moment(&[]), cpu), [None]);
}

#[test]
fn reported_values_of_another_moment_are_folded() {
    let mut catalog = Catalog::default();
    let logins = select(&mut catalog, "sum by (region) (Logins)");
    let report = |catalog: &mut Catalog, shard: &str, value| {
        let labels = format!(r#","labels":{{"region":"eu","shard":"{shard}"}}"#);
        catalog.push_data(&data(100, "Logins", value, &labels));
    };
    report(&mut catalog, "1", 30.0);
    report(&mut catalog, "2", 40.0);
    assert_eq!(values(&catalog, logins), [Some(70.0)]);
    let value = |shard: &str, at_ms, value| MomentValue {
        key: format!(r#"Logins{{region="eu",shard="{shard}"}}"#)
            .parse::<Selector>()
            .unwrap()
            .key()
            .unwrap(),
        unit: None,
        at_ms,
        value,
        interval_ms: None,
    };
    let then = catalog.at_moment(&[value("1", 50_000.0, 3.0), value("2", 50_020.0, 4.0)]);
    assert_eq!(values(&then, logins), [Some(7.0)]);
}

#[test]
fn a_large_chart_needs_more_points_than_a_small_one() {
    let mut catalog = Catalog::default();
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    let drawn = |is_small| LineOptions {
        is_small,
        name: None,
        kind: chart::Kind::Plain,
    };
    assert!(catalog.draw(cpu, drawn(true)));
    assert!(!catalog.draw(cpu, drawn(true)));
    assert!(catalog.draw(cpu, drawn(false)), "more points are fetched");
    assert!(!catalog.draw(cpu, drawn(true)), "which are enough for both");
    assert!(catalog.drawn().all(|(.., options)| !options.is_small));
}

#[test]
fn loaded_lines_go_on_live() {
    let mut catalog = Catalog::default();
    let drawn = LineOptions {
        is_small: false,
        name: None,
        kind: chart::Kind::Plain,
    };
    let cpu = select(&mut catalog, r#"cpu{host="a"}"#);
    let read = select(&mut catalog, r#"sum(disk_read{host="a"})"#);
    let memory = select(&mut catalog, r#"memory{host="a"}"#);
    for id in [cpu, read, memory] {
        assert!(catalog.draw(id, drawn.clone()), "not drawn before");
        assert!(!catalog.draw(id, drawn.clone()));
    }
    let all = format!(r#","cpu":5,"memory":1{DISKS}"#);
    for second in [100, 101] {
        catalog.push_metrics(&sample("a", second, &all));
    }
    let line = |text: &str, key: SeriesKey| LoadedLine {
        text: text.into(),
        key,
        unit: None,
        track: Track::loaded(
            &[crate::model::Point {
                at_ms: 60_000.0,
                interval_ms: 60_000,
                value: Some(8.0),
                range: None,
            }],
            false,
        ),
    };
    let loaded = [
        line(r#"cpu{host="a"}"#, SeriesKey::new("a", "cpu", [])),
        line(
            r#"sum(disk_read{host="a"})"#,
            SeriesKey::new("", "disk_read", []),
        ),
    ];
    let mut recalled = catalog.clone();
    recalled.load_lines(&loaded, &catalog, Some(100_500.0));
    let expected = |value| vec![(60.0, Some(8.0)), (101.0, Some(value))];
    assert_eq!(points(&recalled.lines(cpu)[0]), expected(5.0));
    assert_eq!(points(&recalled.lines(read)[0]), expected(12.0));
    assert_eq!(points(&recalled.lines(memory)[0]), [(101.0, Some(1.0))]);
    let of_disk = |mount: &str, text: &str| {
        let labels = [("mount".to_owned(), mount.to_owned())];
        line(text, SeriesKey::new("a", "disk_read", labels))
    };
    let members = [
        of_disk("/", r#"disk_read{host="a",mount="/"}"#),
        of_disk("/home", r#"disk_read{host="a",mount="/home"}"#),
    ];
    let mut of_members = catalog.clone();
    of_members.load_lines(&members, &catalog, Some(100_500.0));
    let folded = points(&of_members.lines(read)[0]);
    assert_eq!(folded, [(60.0, Some(16.0)), (101.0, Some(12.0))]);
    recalled.push_metrics(&sample("a", 102, &all));
    assert_eq!(points(&recalled.lines(read)[0]).len(), 3);
    let mut ended = catalog.clone();
    ended.load_lines(&[], &catalog, None);
    ended.push_metrics(&sample("a", 102, &all));
    assert!(points(&ended.lines(cpu)[0]).is_empty());
    assert_eq!(values(&ended, cpu), [Some(5.0)]);
}

#[test]
fn everything_is_bounded() {
    let mut catalog = Catalog::default();
    let all = catalog.select(SeriesFilter::Reported { host: "a".into() });
    for number in 0..SERIES_MAX as i64 {
        catalog.push_data(&data(number, &format!("n{number}"), 1.0, ""));
    }
    catalog.push_data(&data(9_000, "n0", 2.0, ""));
    catalog.push_data(&data(9_001, "new", 3.0, ""));
    let lines = catalog.lines(all);
    assert_eq!(lines.len(), SERIES_MAX);
    let has = |name: &str| lines.iter().any(|line| line.key.name == name);
    assert!(has("new") && has("n0"));
    assert!(!has("n1"), "the silent one gives way");
    assert_eq!(catalog.series.len(), catalog.by_key.len());
    for number in 0..2 * HOSTS_MAX {
        catalog.push_metrics(&sample(&number.to_string(), 1, ""));
    }
    assert_eq!(catalog.hosts.len(), HOSTS_MAX);
    for number in 0..2 * SELECTIONS_MAX {
        select(&mut catalog, &format!("s{number}"));
    }
    assert_eq!(catalog.selections.len(), SELECTIONS_MAX);
    let beyond = select(&mut catalog, "new");
    assert!(catalog.lines(beyond).is_empty(), "no other's series");
    let line = LineOptions {
        is_small: false,
        name: None,
        kind: chart::Kind::Plain,
    };
    assert!(!catalog.draw(beyond, line));
    let key = SeriesKey::new("", "new", Vec::<(String, String)>::new());
    catalog.resolve(beyond, std::slice::from_ref(&key));
    assert!(!catalog.matches(beyond, &key) && catalog.is_sampled(beyond));
}

#[test]
fn what_only_the_server_can_tell_it_tells() {
    let mut catalog = Catalog::default();
    catalog.push_data(&data(1, "Requests", 1.0, r#","labels":{"shard":"1"}"#));
    catalog.push_data(&data(1, "Requests", 2.0, r#","labels":{"shard":"2"}"#));
    let odd = select(&mut catalog, r#"sum(Requests{shard=~"1|3"})"#);
    assert_eq!(values(&catalog, odd), [None], "its line is kept for it");
    let asked = catalog.unresolved();
    assert_eq!(asked, [(odd, r#"Requests{shard=~"1|3"}"#.to_owned())]);
    let labels = [("shard".to_owned(), "1".to_owned())];
    catalog.resolve(odd, &[SeriesKey::new("", "Requests", labels)]);
    assert_eq!(catalog.lines(odd).len(), 1);
    catalog.push_data(&data(2, "Requests", 5.0, r#","labels":{"shard":"1"}"#));
    assert_eq!(values(&catalog, odd), [Some(5.0)]);
}
