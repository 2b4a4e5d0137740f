//! A backtest finds what the live machine found on the same values, whenever that was called in between.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alerts::{Backtest, Change, Engine, Evaluator, Rule, Transition};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::alerting::RuleDefinition;
use protocol::{OwnHost, SeriesKey};

const HOSTS: [&str; 3] = ["a", "b", "c"];

/// When each alert fired and resolved.
type Found = Vec<(String, i64, Option<i64>)>;

fn rule() -> impl Strategy<Value = Rule> {
    let duration = || prop::option::of(prop::sample::select(vec!["0s", "1s", "5s", "90s"]));
    let series = prop::sample::select(vec![
        "load",
        "sum by (host) (load)",
        "max(load)",
        r#"load{host=~"a|b"}"#,
    ]);
    (0..6, series, duration(), duration(), any::<bool>(), 0..5_u8).prop_map(
        |(kind, series, for_, keep, has_clear, threshold)| {
            let mut it = RuleDefinition::new("rule", series);
            let threshold = f64::from(threshold) + 0.5;
            match kind {
                0 => it.above = Some(threshold),
                1 => it.below = Some(threshold),
                2 => it.change = Some(threshold),
                3 => it.rate = Some(-threshold / 10.0),
                4 => {
                    it.projected_above = Some(threshold);
                    it.ahead = Some("10m".into());
                    it.within = Some("1m".into());
                }
                _ => it.absent = Some("20s".into()),
            }
            if kind == 2 || kind == 3 {
                it.within = Some("10s".into());
            }
            if has_clear && kind < 5 {
                it.clear = match kind {
                    0 | 4 => Some(threshold - 1.0),
                    1 => Some(threshold + 1.0),
                    2 => Some(0.0),
                    _ => Some(0.1),
                };
            }
            it.for_ = for_.map(str::to_owned);
            it.keep_firing_for = keep.map(str::to_owned);
            Rule::new(it, &OwnHost::new("a")).unwrap()
        },
    )
}

/// Values in the order of their times, mostly a second apart, sometimes minutes or hours.
fn values() -> impl Strategy<Value = Vec<(usize, i64, f64)>> {
    let pause = prop_oneof![
        20 => 100..2_000_i64,
        2 => 2_000..200_000_i64,
        1 => 3_000_000..8_000_000_i64,
    ];
    let value = (0..HOSTS.len(), pause, 0..6_u8);
    vec(value, 1..200).prop_map(|values| {
        let mut at_ms = 0;
        let timed = values.into_iter().map(|(host, pause_ms, value)| {
            at_ms += pause_ms;
            (host, at_ms, f64::from(value))
        });
        timed.collect()
    })
}

fn keys() -> Vec<SeriesKey> {
    HOSTS.map(|host| SeriesKey::new(host, "load", [])).into()
}

fn live(rule: Rule, values: &[(usize, i64, f64)], ticks: &[i64], end_ms: i64) -> Found {
    let keys = keys();
    let mut engine = Engine::new();
    let mut evaluator = Evaluator::new(rule.clone(), 0);
    if rule.definition().absent.is_some() {
        // As after a start, stored series are known.
        for key in keys
            .iter()
            .filter(|key| evaluator.matches(key))
            .collect::<Vec<_>>()
        {
            evaluator.watch(key, None, 0).unwrap();
        }
    }
    engine.put(evaluator);
    let mut effects = Vec::new();
    let mut ticks = ticks.iter().cycle();
    let mut now_ms = 0;
    for &(host, at_ms, value) in values {
        loop {
            let next_ms = now_ms + ticks.next().unwrap();
            if next_ms >= at_ms {
                break;
            }
            now_ms = next_ms;
            engine.advance(now_ms, &mut effects);
        }
        now_ms = now_ms.max(at_ms - 1);
        engine.value(&keys[host], None, at_ms, value, &mut effects);
    }
    engine.advance(end_ms, &mut effects);
    found(&effects)
}

fn found(effects: &[Transition]) -> Found {
    let mut found: Found = Vec::new();
    for effect in effects {
        let series = effect.alert().series.unwrap();
        match effect.change {
            Change::Fired { at_ms, .. } => found.push((series, at_ms, None)),
            Change::Resolved {
                at_ms, fired_ms, ..
            } => {
                let open = found
                    .iter_mut()
                    .find(|it| it.0 == series && it.1 == fired_ms && it.2.is_none());
                open.unwrap().2 = Some(at_ms);
            }
        }
    }
    found.sort();
    found
}

fn stored(rule: Rule, values: &[(usize, i64, f64)], end_ms: i64) -> Found {
    let evaluator = Evaluator::new(rule.clone(), 0);
    let keys: Vec<_> = keys();
    let matching: Vec<usize> = (0..keys.len())
        .filter(|it| evaluator.matches(&keys[*it]))
        .collect();
    let series = matching
        .iter()
        .map(|it| (keys[*it].clone(), None))
        .collect();
    let mut backtest = Backtest::new(rule, 0, series);
    for &(host, at_ms, value) in values {
        if let Some(index) = matching.iter().position(|it| *it == host) {
            backtest.value(index, at_ms, value);
        }
    }
    let (count, firings, _) = backtest.finish(end_ms);
    assert_eq!(count, firings.len());
    let mut found: Found = firings
        .into_iter()
        .map(|it| (it.series, it.fired_ms, it.resolved_ms))
        .collect();
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_backtest_finds_what_was_found_live(
        rule in rule(),
        values in values(),
        ticks in vec(1..5_000_i64, 1..20),
        rest_ms in 2_000..10_000_000_i64,
    ) {
        let end_ms = values.last().map_or(0, |value| value.1) + rest_ms;
        let live = live(rule.clone(), &values, &ticks, end_ms);
        prop_assert_eq!(live, stored(rule, &values, end_ms));
    }

    #[test]
    fn an_alert_fires_only_after_its_duration(values in values()) {
        let mut definition = RuleDefinition::new("rule", "load");
        definition.above = Some(2.5);
        definition.for_ = Some("5s".into());
        let rule = Rule::new(definition, &OwnHost::new("a")).unwrap();
        let end_ms = values.last().map_or(0, |value| value.1) + 10_000;
        for (series, fired_ms, resolved_ms) in stored(rule, &values, end_ms) {
            let host = HOSTS.iter().position(|host| series.contains(&format!("\"{host}\""))).unwrap();
            let within = |it: &&(usize, i64, f64)| it.0 == host && (fired_ms - 5_000..fired_ms).contains(&it.1);
            prop_assert!(values.iter().filter(within).all(|it| it.2 > 2.5));
            prop_assert!(resolved_ms.is_none_or(|resolved_ms| resolved_ms > fired_ms));
        }
    }
}
