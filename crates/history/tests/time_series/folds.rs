//! Selectors and folds.

use crate::memory::Memory;
use crate::support::*;
use history::TimeSeries;
use history::query::{AnalysisRequest, ExportRequest, QueryError};
use proptest::prelude::*;
use protocol::{Data, Durable, Folded, Operation, Selector, SeriesKey, Timestamp, points};
use std::collections::BTreeMap;

/// What a shard of a region reports.
fn report(region: &str, shard: usize, at_ms: i64, value: f64) -> Durable {
    let labels = [("region", region.to_owned()), ("shard", shard.to_string())];
    Durable::Data(Data {
        timestamp: Timestamp::from_unix_ms(at_ms),
        label: "Requests".to_owned(),
        value,
        labels: labels
            .map(|(label, value)| (label.to_owned(), value))
            .into(),
        ..Data::default()
    })
}

const REGIONS: [&str; 2] = ["eu", "us"];
const SHARDS: usize = 15;

/// A minute of thirty series, some of which miss some seconds.
fn reports() -> Vec<Durable> {
    let mut all = Vec::new();
    for second in 0..60 {
        for (place, region) in REGIONS.into_iter().enumerate() {
            for shard in (0..SHARDS).filter(|shard| (shard + second) % 7 != 0) {
                let value = 0.1 * (second * 31 + shard * 7 + place) as f64;
                all.push(report(
                    region,
                    shard,
                    START_MS + second as i64 * 1_000,
                    value,
                ));
            }
        }
    }
    all
}

async fn recorded() -> TimeSeries {
    let time_series = open(&Memory::new()).await;
    for message in reports() {
        time_series.ingest(&message, 0, message.timestamp().unix_ms());
    }
    time_series
}

/// The fold of messages as they come: by group and second, in the order of the series.
fn live(selector: &Selector) -> BTreeMap<(SeriesKey, i64), f64> {
    let (fold, compiled) = (
        selector.fold.as_ref().expect("a fold"),
        selector.compile().expect("no expression is wrong"),
    );
    let mut all: Vec<_> = reports()
        .iter()
        .flat_map(points)
        .map(|(point, _)| point)
        .filter(|point| compiled.matches(&point.series))
        .collect();
    all.sort_by(|one, other| one.series.cmp(&other.series));
    let mut folded: BTreeMap<(SeriesKey, i64), Folded> = BTreeMap::new();
    for point in all {
        let group = fold.group("Requests", &point.series);
        let entry = folded.entry((group, point.timestamp.unix_ms()));
        entry.or_default().add(point.value);
    }
    let values = folded.into_iter();
    let value = |folded: Folded| folded.value(fold.operation).expect("there are values");
    values.map(|(key, folded)| (key, value(folded))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// To the last digit, with so many points that the series are read in several batches, or with few.
    #[test]
    fn a_fold_is_the_same_live_and_from_history(
        operation in prop::sample::select(Operation::ALL.map(|(name, _)| name).to_vec()),
        by in prop::sample::select(vec!["", " by (region)", " by (region,shard)"]),
        matchers in prop::sample::select(vec!["", "{region=\"eu\"}", "{shard!~\"1.?\"}"]),
        spare_s in prop::sample::select(vec![0, 9_000]),
        is_sealed in any::<bool>(),
    ) {
        // Not more columns than a result can have.
        prop_assume!(spare_s == 0 || !by.contains("shard"));
        let text = format!("{operation}{by} (Requests{matchers})");
        let selector: Selector = text.parse().expect("a selector");
        run(async {
            let time_series = recorded().await;
            if is_sealed {
                time_series.seal(after(START_MS)).await.expect("memory");
            }
            let span_s = 60 + spare_s;
            let request = query(&text, START_MS, START_MS + span_s * 1_000, span_s as usize + 1, "avg");
            let result = evaluate(&time_series, &request, START_MS + DAY_MS).await;
            prop_assert_eq!(result.step_ms, 1_000);
            let mut folded = BTreeMap::new();
            for column in &result.columns {
                prop_assert!(column.extremes.is_none());
                prop_assert_eq!(column.interval_ms, Some(1_000));
                for (at_ms, value) in result.times_ms.iter().zip(&column.values) {
                    if let Some(value) = value {
                        folded.insert((column.series.key.clone(), *at_ms), *value);
                    }
                }
            }
            prop_assert_eq!(folded, live(&selector));
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_text_of_a_group_selects_it_again() {
    let time_series = recorded().await;
    let now_ms = START_MS + DAY_MS;
    let of = async |text: &str| {
        let request = query(text, START_MS, START_MS + 60_000, 61, "max");
        evaluate(&time_series, &request, now_ms).await.columns
    };
    let both = of("avg by (region) (Requests)").await;
    assert_eq!(both.len(), 2);
    for column in both {
        let again = of(&column.text).await;
        assert_eq!(again, [column]);
    }
}

#[tokio::test]
async fn columns_are_in_the_order_of_the_selectors() {
    let time_series = recorded().await;
    let mut request = query("sum(Requests)", START_MS, START_MS + 60_000, 1, "p50");
    let texts = [
        r#"Requests{region="us",shard="3"}"#,
        r#"count by (region) (Requests{region!="x"})"#,
        r#"Requests{shard=~"1[34]",region="eu"}"#,
    ];
    request.series.extend(texts.map(str::to_owned));
    let result = evaluate(&time_series, &request, START_MS + DAY_MS).await;
    let texts: Vec<&str> = result.columns.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "sum(Requests)",
            r#"Requests{region="us",shard="3"}"#,
            r#"count by (region) (Requests{region!="x",region="eu"})"#,
            r#"count by (region) (Requests{region!="x",region="us"})"#,
            r#"Requests{region="eu",shard="13"}"#,
            r#"Requests{region="eu",shard="14"}"#,
        ]
    );
    // The median of each series, then the number of these.
    assert_eq!(result.columns[2].values, [Some(SHARDS as f64)]);
}

#[tokio::test]
async fn a_fold_is_analysed_by_its_points() {
    let time_series = open(&Memory::new()).await;
    for second in 0..100 {
        for shard in 0..2 {
            let message = report("eu", shard, START_MS + second * 1_000, second as f64);
            time_series.ingest(&message, 0, message.timestamp().unix_ms());
        }
    }
    let request = AnalysisRequest {
        series: vec!["sum(Requests)".to_owned(), "Requests".to_owned()],
        from_ms: START_MS,
        to_ms: START_MS + 100_000,
        earlier_ms: Some(DAY_MS),
    };
    let now_ms = START_MS + DAY_MS;
    let compared = time_series
        .analyse(&request, now_ms)
        .await
        .expect("a result");
    assert_eq!(compared.len(), 3);
    let range = compared[0].range.expect("samples");
    assert_eq!((range.min, range.max, range.avg), (0.0, 198.0, 99.0));
    assert_eq!((range.count, range.p95.ok()), (100, Some(188.0)));
    assert_eq!(compared[0].earlier, None);
    assert_eq!(compared[2].range.map(|range| range.max), Some(99.0));
}

#[tokio::test]
async fn selected_series_are_exported_but_no_fold() {
    let time_series = recorded().await;
    let request = |text: &str| ExportRequest {
        series: vec![text.to_owned()],
        from_ms: START_MS,
        to_ms: START_MS + 60_000,
    };
    let now_ms = START_MS + HOUR_MS;
    let of_eu = time_series
        .export(&request(r#"Requests{region="eu"}"#), now_ms)
        .await;
    let mut export = of_eu.expect("an export");
    assert_eq!(export.series().len(), SHARDS);
    let rows = export.next().await.expect("memory").expect("rows");
    assert_eq!((rows.times_ms.len(), rows.columns.len()), (60, SHARDS));
    let refused = time_series
        .export(&request("sum(Requests)"), now_ms)
        .await
        .err();
    assert!(
        matches!(refused, Some(QueryError::FoldExport(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn matching_returns_part_of_the_catalogue() {
    let time_series = recorded().await;
    let matching = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let found = time_series.matching(&texts).expect("selectors");
        found
            .iter()
            .map(|it| it.key.to_string())
            .collect::<Vec<_>>()
    };
    let (one, other) = (
        r#"Requests{region="eu",shard="3"}"#,
        r#"Requests{region="us",shard="3"}"#,
    );
    assert_eq!(
        matching(&[r#"Requests{shard="3"}"#, "nothing", one]),
        [one, other]
    );
    assert_eq!(matching(&[r#"sum(Requests{shard="3"})"#]), [one, other]);
    assert_eq!(matching(&["nothing"]), [""; 0]);
    assert!(time_series.matching(&["{".to_owned()]).is_err());
}

#[tokio::test]
async fn too_large_queries_are_rejected() {
    let time_series = open(&Memory::new()).await;
    for shard in 0..300 {
        time_series.ingest(&report("eu", shard, START_MS, 1.0), 0, START_MS);
    }
    let refused = async |texts: &[&str], points| {
        let mut request = query("", START_MS, START_MS + 60_000, points, "avg");
        request.series = texts.iter().map(|text| (*text).to_owned()).collect();
        let result = time_series.query(&request, START_MS + HOUR_MS).await;
        result.expect_err(texts[0])
    };
    let every = refused(&["Requests"], 1).await;
    assert!(matches!(every, QueryError::SeriesCount(300)), "{every}");
    let folds = refused(&["sum(Requests)", "max(Requests)"], 1).await;
    assert!(matches!(folds, QueryError::FoldedCount(600)), "{folds}");
    let values = refused(&[r#"Requests{shard=~"[1-9]."}"#], 3_000).await;
    assert!(matches!(values, QueryError::Values(270_000)), "{values}");
    let wrong = refused(&[r#"Requests{shard=~"("}"#], 1).await;
    let wrong = wrong.to_string();
    assert!(wrong.contains("no regular expression"), "{wrong}");
}
