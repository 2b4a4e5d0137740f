//! What a rule finds in a series of values: data-driven, one `check` for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alerts::{
    Change, Engine, Evaluator, Reason, Rule, SERIES_PER_RULE_MAX, Seed, State, Transition,
};
use protocol::alerting::RuleDefinition;
use protocol::{OwnHost, SeriesKey};

fn rule(change: impl FnOnce(&mut RuleDefinition)) -> Rule {
    let mut definition = RuleDefinition::new("rule", "load");
    change(&mut definition);
    Rule::new(definition, &OwnHost::new("web-1")).unwrap()
}

fn load(host: &str) -> SeriesKey {
    SeriesKey::new(host, "load", [])
}

/// An engine with one rule, which gets values of `load` at seconds.
struct Live {
    engine: Engine,
    effects: Vec<Transition>,
}

impl Live {
    fn new(rule: Rule, start_s: i64, seeds: &[Seed]) -> Self {
        let mut engine = Engine::new();
        engine.put(Evaluator::resumed(rule, start_s * 1_000, seeds));
        Self {
            engine,
            effects: Vec::new(),
        }
    }

    fn value(&mut self, host: &str, at_s: i64, value: f64) {
        let series = load(host);
        self.engine
            .value(&series, None, at_s * 1_000, value, &mut self.effects);
    }

    fn advance(&mut self, now_s: i64) {
        self.engine.advance(now_s * 1_000, &mut self.effects);
    }

    /// `+5` for an alert that fired at second 5, `-9` for one that resolved at second 9.
    fn found(&self) -> String {
        let found = self.effects.iter().map(|effect| match effect.change {
            Change::Fired { at_ms, .. } => format!("+{}", at_ms / 1_000),
            Change::Resolved { at_ms, reason, .. } => match reason {
                Reason::Cleared => format!("-{}", at_ms / 1_000),
                Reason::Silent => format!("-{} silent", at_ms / 1_000),
            },
        });
        found.collect::<Vec<_>>().join(" ")
    }
}

/// Values of the seconds 0, 1, … as characters: a digit is a value, a dot is none.
fn check(rule: Rule, values: &str, expected: &str) {
    let mut live = Live::new(rule, 0, &[]);
    for (second, value) in values.chars().enumerate() {
        if let Some(value) = value.to_digit(10) {
            live.value("web-1", second as i64, f64::from(value));
        }
        live.advance(second as i64);
    }
    live.advance(values.len() as i64);
    assert_eq!(live.found(), expected, "{values}");
}

#[test]
fn a_threshold_fires_after_its_duration_and_clears() {
    let above = |for_: &str, clear: f64, keep: &str| {
        rule(|it| {
            it.above = Some(5.0);
            it.for_ = Some(for_.into());
            it.clear = Some(clear);
            it.keep_firing_for = Some(keep.into());
        })
    };
    check(above("0s", 5.0, "0s"), "0569950", "+2 -5");
    check(above("3s", 5.0, "0s"), "06690600", "");
    check(above("3s", 5.0, "0s"), "06696600", "+4 -6");
    // It dips below the threshold, but not to the clear threshold.
    check(above("0s", 3.0, "0s"), "0645463000", "+1 -6");
    // It has to stay there.
    check(above("0s", 5.0, "3s"), "06006000000", "+1 -8");
    check(above("0s", 5.0, "3s"), "060060006000", "+1 -12");
    // A duration that the last value does not end goes on.
    check(above("3s", 5.0, "0s"), "0666", "+4");
    check(above("3s", 5.0, "0s"), "066", "");
}

#[test]
fn below_change_and_rate_are_compared() {
    check(rule(|it| it.below = Some(3.0)), "53213", "+2 -4");
    let change = |by: f64| {
        rule(|it| {
            it.change = Some(by);
            it.within = Some("2s".into());
        })
    };
    check(change(3.0), "0004444", "+3 -5");
    check(change(-3.0), "5555111", "+4 -6");
    let rate = rule(|it| {
        it.rate = Some(1.5);
        it.within = Some("2s".into());
    });
    check(rate, "000246888", "+4 -7");
}

#[test]
fn absence_waits_a_full_window_and_ends_with_a_value() {
    let absent = || rule(|it| it.absent = Some("4s".into()));
    check(absent(), "1.1......1..", "+6 -9");
    // The series that the selector names has never been seen.
    let never = rule(|it| {
        it.series = r#"load{host="web-1"}"#.into();
        it.absent = Some("4s".into());
    });
    check(never.clone(), "......1", "+4 -6");
    check(never, "..1..1", "");
}

#[test]
fn a_silent_series_is_unknown_and_keeps_its_alert() {
    let mut live = Live::new(rule(|it| it.above = Some(5.0)), 0, &[]);
    for second in 0..10 {
        live.value("web-1", second, 9.0);
    }
    live.advance(80);
    let state = live.engine.rule("rule").unwrap().states().next().unwrap();
    assert!(state.is_unknown);
    assert!(matches!(state.state, State::Firing { fired_ms: 0, .. }));
    live.value("web-1", 100, 9.0);
    assert_eq!(live.found(), "+0", "neither resolved nor fired again");
    live.advance(100 + 3_600);
    assert_eq!(live.found(), "+0 -3700 silent");
    assert_eq!(live.engine.rule("rule").unwrap().series_count(), 0);
    live.value("web-1", 4_000, 9.0);
    assert_eq!(live.found(), "+0 -3700 silent +4000");
}

#[test]
fn what_is_not_measured_has_not_held() {
    let pending = rule(|it| {
        it.above = Some(5.0);
        it.for_ = Some("10m".into());
    });
    let mut live = Live::new(pending, 0, &[]);
    live.value("web-1", 0, 9.0);
    live.value("web-1", 1, 9.0);
    live.advance(700);
    assert_eq!(live.found(), "");
    // A series that reports every five minutes is not silent in between.
    for minute in [20, 25, 30, 35] {
        live.value("web-1", minute * 60, 9.0);
        live.advance(minute * 60 + 299);
    }
    assert_eq!(live.found(), format!("+{}", 30 * 60));
}

#[test]
fn an_alert_continues_after_a_restart() {
    let above = || {
        rule(|it| {
            it.above = Some(5.0);
            it.for_ = Some("10s".into());
        })
    };
    let seed = |fired_ms, changed_ms| {
        [Seed {
            rule: "rule".into(),
            series: load("web-1"),
            fired_ms,
            changed_ms,
        }]
    };
    // Firing: it neither fires again nor is forgotten, however long the server was away.
    let mut live = Live::new(above(), 90, &seed(Some(50_000), 50_000));
    live.engine.begin(10_000_000, &mut live.effects);
    live.value("web-1", 10_000, 9.0);
    live.advance(10_050);
    assert_eq!(live.found(), "");
    live.value("web-1", 10_051, 1.0);
    assert_eq!(live.found(), "-10051");
    // Pending: the stored values continue the duration.
    let mut live = Live::new(above(), 90, &[]);
    for second in 90..95 {
        live.value("web-1", second, 9.0);
    }
    live.engine.begin(98_000, &mut live.effects);
    live.advance(99);
    assert_eq!(live.found(), "");
    live.advance(100);
    assert_eq!(live.found(), "+100");
    // Resolved: values from before that are not evaluated again.
    let mut live = Live::new(above(), 0, &seed(None, 60_000));
    for second in 20..60 {
        live.value("web-1", second, 9.0);
    }
    live.engine.begin(62_000, &mut live.effects);
    assert_eq!(live.found(), "");
}

#[test]
fn a_clock_that_was_set_ends_nothing_and_fires_nothing() {
    let absent = rule(|it| it.absent = Some("4s".into()));
    let mut live = Live::new(absent, 0, &[]);
    live.value("web-1", 0, 1.0);
    live.engine.clock_was_set(1_000_000);
    live.advance(1_003);
    assert_eq!(live.found(), "");
    live.advance(1_004);
    assert_eq!(live.found(), "+1004");
    // Back to the past: values there count.
    live.engine.clock_was_set(10_000);
    live.value("web-1", 10, 1.0);
    assert_eq!(live.found(), "+1004 -10");
}

#[test]
fn a_fold_is_evaluated_by_group() {
    let sum = rule(|it| {
        it.series = "sum by (region) (load)".into();
        it.above = Some(5.0);
    });
    let mut live = Live::new(sum, 0, &[]);
    for second in 0..4 {
        live.value("web-1", second, 3.0);
        live.value("web-2", second, f64::from(second as i32));
    }
    live.advance(4);
    live.advance(5);
    assert_eq!(live.found(), "+3");
    let alert = live.effects[0].alert();
    assert_eq!(alert.value, Some(6.0));
    assert_eq!(
        alert.series.as_deref(),
        Some(r#"sum by (region) (load{region=""})"#)
    );
}

#[test]
fn the_text_of_a_series_selects_only_that_one() {
    let total = rule(|it| {
        it.series = r#"cpu{host="web-1"}"#.into();
        it.above = Some(5.0);
    });
    let mut live = Live::new(total, 0, &[]);
    let core = SeriesKey::new("web-1", "cpu", [("core".to_owned(), "0".to_owned())]);
    for series in [SeriesKey::new("web-1", "cpu", []), core] {
        live.engine.value(&series, None, 0, 9.0, &mut live.effects);
    }
    assert_eq!(live.effects.len(), 1);
}

#[test]
fn an_absence_is_not_found_again_after_a_restart() {
    let check = |fired_ms: Option<i64>, expected: &str| {
        let seed = Seed {
            rule: "rule".into(),
            series: load("a"),
            fired_ms,
            changed_ms: 1_000,
        };
        let absent = rule(|it| {
            it.series = r#"load{host=~"a|b"}"#.into();
            it.absent = Some("4s".into());
        });
        let mut live = Live::new(absent, 100, &[seed]);
        live.engine.begin(100_000, &mut live.effects);
        live.advance(200_000);
        assert_eq!(live.found(), expected);
    };
    check(None, "");
    // The restart does not make it a day longer.
    check(Some(1_000), "-86405 silent");
}

#[test]
fn a_rule_with_too_many_series_evaluates_others_once_there_is_room() {
    for series in [r#"load{host!=""}"#, "sum by (host) (load)", "max(load)"] {
        let above = rule(|it| {
            it.series = series.into();
            it.above = Some(5.0);
        });
        let mut live = Live::new(above, 0, &[]);
        for host in 0..SERIES_PER_RULE_MAX {
            live.value(&format!("h{host}"), 0, 1.0);
        }
        // Each is counted once, however often it reports.
        live.value("other", 0, 1.0);
        live.value("other", 1, 1.0);
        assert_eq!(live.engine.rules()[0].refused_count(), 1, "{series}");
        // One that is known is evaluated as before.
        for second in (0..9_000).step_by(30) {
            live.value("h1", second, 1.0);
            live.value("other", second, 1.0);
            live.advance(second);
        }
        live.value("other", 9_001, 9.0);
        live.advance(9_010);
        assert_eq!(live.found(), "+9001", "{series}");
        assert_eq!(live.engine.rules()[0].refused_count(), 0, "{series}");
    }
}

#[test]
fn a_series_that_reports_each_hour_fires_once() {
    let mut live = Live::new(rule(|it| it.above = Some(5.0)), 0, &[]);
    for hour in 0..48 {
        live.value("web-1", hour * 3_600, if hour < 4 { 1.0 } else { 9.0 });
        live.advance(hour * 3_600 + 3_500);
    }
    assert_eq!(live.found(), "+14400");
    // It is over six intervals after the last value.
    live.advance(60 * 3_600);
    assert_eq!(live.found(), format!("+14400 -{} silent", (47 + 6) * 3_600));
}

#[test]
fn a_fold_is_compared_once_its_members_have_values() {
    let below = rule(|it| {
        it.series = "sum(load)".into();
        it.below = Some(5.0);
    });
    for (ignored_s, expected) in [(0, "+1 -3"), (5, "")] {
        let mut evaluator = Evaluator::new(below.clone(), 0);
        evaluator.ignore_until(ignored_s * 1_000);
        let mut live = Live::new(below.clone(), 0, &[]);
        live.engine.put(evaluator);
        for second in 1..20 {
            live.value("a", second, 4.0);
            if second >= 3 {
                live.value("b", second, 4.0);
            }
        }
        live.advance(30);
        assert_eq!(live.found(), expected);
    }
}
