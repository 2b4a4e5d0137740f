//! Series and their chunks.

use crate::support::Place;
use crate::support::entries::Chain;
use protocol::{Kind, SeriesKey, Stream, Unit};
use store::{Series, SeriesId, Span, StoredChunk};

on_both!(
    a_series_has_one_id,
    any_text_can_name_a_series,
    chunks_are_found_by_overlap,
    a_chunk_with_the_same_key_is_replaced,
    sealed_returns_the_end_of_each_series,
    spans_and_oldest_return_the_start_of_everything,
    old_chunks_are_deleted_by_resolution,
    a_series_without_chunks_is_deleted,
    a_series_is_deleted_with_its_chunks,
);

pub(crate) fn name(name: &str, core: Option<u32>) -> Series {
    let labels = core.map(|core| ("core".into(), core.to_string()));
    Series {
        key: SeriesKey::new("local", name, labels),
        unit: Unit::new("%"),
        kind: Kind::Gauge,
    }
}

fn chunk(series: SeriesId, resolution_ms: u32, start_ms: i64, end_ms: i64) -> StoredChunk {
    let data = format!("{series:?} {start_ms}").into_bytes();
    StoredChunk {
        series,
        resolution_ms,
        start_ms,
        end_ms,
        count: 60,
        data,
    }
}

fn starts(chunks: &[StoredChunk]) -> Vec<(u32, i64)> {
    chunks
        .iter()
        .map(|chunk| (chunk.series.0, chunk.start_ms))
        .collect()
}

async fn a_series_has_one_id(place: &Place) {
    let store = place.open().await;
    let names = [
        name("cpu", None),
        name("core", Some(0)),
        name("core", Some(1)),
    ];
    let ids = store.series(&names).await.unwrap();
    assert_eq!(store.series(&names).await.unwrap(), ids);
    let renamed = Series {
        unit: Unit::new("percent"),
        ..names[0].clone()
    };
    let without_unit = Series {
        unit: None,
        ..names[1].clone()
    };
    assert_eq!(
        store
            .series(&[without_unit, renamed.clone()])
            .await
            .unwrap(),
        [ids[1], ids[0]]
    );
    let catalogue = store.catalogue().await.unwrap();
    let listed: Vec<_> = catalogue
        .into_iter()
        .map(|row| (row.id, row.series))
        .collect();
    let [_, core_0, core_1] = names;
    assert_eq!(
        listed,
        [(ids[0], renamed), (ids[1], core_0), (ids[2], core_1)]
    );
}

async fn any_text_can_name_a_series(place: &Place) {
    let store = place.open().await;
    let mut odd = name("a\0b 'c' \"d\" \u{1f980}", None);
    odd.key.labels.insert("e\0".into(), "\n".into());
    let ids = store
        .series(&[odd.clone(), name("ab", None)])
        .await
        .unwrap();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        store.series(std::slice::from_ref(&odd)).await.unwrap(),
        ids[..1]
    );
    let listed = store.catalogue().await.unwrap().remove(0).series.key;
    assert_eq!(listed.name, "a\u{fffd}b 'c' \"d\" \u{1f980}");
    assert_eq!(listed.labels, odd.key.labels);
}

async fn chunks_are_found_by_overlap(place: &Place) {
    let store = place.open().await;
    let ids = store
        .series(&[name("a", None), name("b", None)])
        .await
        .unwrap();
    let (a, b) = (ids[0], ids[1]);
    let put = [
        chunk(a, 1000, 0, 99),
        chunk(a, 1000, 100, 199),
        chunk(a, 1000, 200, 900),
        chunk(a, 60_000, 0, 900),
        chunk(b, 1000, 150, 160),
    ];
    store.put_chunks(&put).await.unwrap();
    let found = async |series: &[SeriesId], from, to| {
        starts(&store.chunks(series, 1000, from, to).await.unwrap())
    };
    assert_eq!(found(&[a], 99, 100).await, [(a.0, 0), (a.0, 100)]);
    assert_eq!(found(&[a], 800, 5000).await, [(a.0, 200)]);
    assert_eq!(found(&[a], 901, 5000).await, []);
    assert_eq!(found(&[b, a], 155, 155).await, [(b.0, 150), (a.0, 100)]);
    assert_eq!(found(&[a], i64::MIN, i64::MAX).await.len(), 3);
    assert_eq!(
        store.chunks(&[a], 60_000, 5, 6).await.unwrap(),
        [put[3].clone()]
    );
    assert_eq!(store.chunks(&[a], 3_600_000, 5, 6).await.unwrap(), []);
}

async fn a_chunk_with_the_same_key_is_replaced(place: &Place) {
    let store = place.open().await;
    let id = store.series(&[name("a", None)]).await.unwrap()[0];
    let first = chunk(id, 1000, 0, 99);
    let mut second = first.clone();
    second.data = vec![1, 2, 3];
    let third = StoredChunk {
        end_ms: 150,
        ..second.clone()
    };
    store
        .put_chunks(std::slice::from_ref(&first))
        .await
        .unwrap();
    store.put_chunks(&[second, third.clone()]).await.unwrap();
    assert_eq!(store.chunks(&[id], 1000, 0, 999).await.unwrap(), [third]);
    let tier = store.usage().await.unwrap().tiers[0];
    assert_eq!(
        (tier.resolution_ms, tier.size.rows, tier.size.bytes),
        (1000, 1, 3)
    );
}

async fn sealed_returns_the_end_of_each_series(place: &Place) {
    let store = place.open().await;
    let ids = store
        .series(&[name("a", None), name("b", None)])
        .await
        .unwrap();
    assert_eq!(store.sealed(1000).await.unwrap(), []);
    let put = [chunk(ids[0], 1000, 100, 199), chunk(ids[0], 1000, 0, 99)];
    store.put_chunks(&put).await.unwrap();
    assert_eq!(store.sealed(1000).await.unwrap(), [(ids[0], 199)]);
    assert_eq!(store.sealed(60_000).await.unwrap(), []);
}

async fn spans_and_oldest_return_the_start_of_everything(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.oldest().await.unwrap(), None);
    assert_eq!(store.spans().await.unwrap(), []);
    let names = ["a", "b", "c"].map(|text| name(text, None));
    let ids = store.series(&names).await.unwrap();
    let put = [
        chunk(ids[0], 1000, 5_000, 5_999),
        chunk(ids[0], 1000, 6_000, 6_999),
        chunk(ids[0], 60_000, 4_000, 4_000),
        // They begin before the first sample, and end after the last.
        chunk(ids[0], 60_000, 4_500, 8_999),
        chunk(ids[2], 1000, 7_000, 7_500),
        chunk(ids[2], 60_000, 6_000, 9_499),
        chunk(ids[2], 3_600_000, 4_000, 9_999),
    ];
    store.put_chunks(&put).await.unwrap();
    let span = |series, start_ms, end_ms| Span {
        series,
        start_ms,
        end_ms,
    };
    assert_eq!(
        store.spans().await.unwrap(),
        [span(ids[0], 4_000, 6_999), span(ids[2], 7_000, 7_500)]
    );
    assert_eq!(store.oldest().await.unwrap(), Some(4_000));
    for (from_ms, expected) in [
        (0, [(1000, 5_000), (60_000, 4_000), (3_600_000, 4_000)]),
        (6_000, [(1000, 6_000), (60_000, 4_500), (3_600_000, 4_000)]),
    ] {
        let mut oldest_chunks = store.oldest_chunks(from_ms).await.unwrap();
        oldest_chunks.sort_unstable();
        assert_eq!(oldest_chunks, expected);
    }
    assert_eq!(store.oldest_chunks(10_000).await.unwrap(), []);
    // A coarse chunk's window begins long before its first sample.
    let coarse = chunk(ids[0], 3_600_000, 1_000, 6_500);
    store.put_chunks(&[coarse]).await.unwrap();
    assert_eq!(store.oldest().await.unwrap(), Some(4_000));
    let mut chain = Chain::default();
    let message = chain.next(Stream::Logs, 3_000);
    store.reserve(10).await.unwrap();
    store.commit(&[message]).await.unwrap();
    assert_eq!(store.oldest().await.unwrap(), Some(3_000));
}

async fn old_chunks_are_deleted_by_resolution(place: &Place) {
    let store = place.open().await;
    let id = store.series(&[name("a", None)]).await.unwrap()[0];
    let seconds: Vec<_> = (0..1200)
        .map(|n| chunk(id, 1000, n * 100, n * 100 + 99))
        .collect();
    store.put_chunks(&seconds).await.unwrap();
    store.put_chunks(&[chunk(id, 60_000, 0, 99)]).await.unwrap();
    assert_eq!(store.expire_chunks(1000, 500, 3).await.unwrap(), 3);
    assert_eq!(store.expire_chunks(1000, 500, 3).await.unwrap(), 2);
    assert_eq!(store.expire_chunks(1000, 500, 3).await.unwrap(), 0);
    let left = store.chunks(&[id], 1000, 0, i64::MAX).await.unwrap();
    assert_eq!(
        (left.len(), left[0].start_ms),
        (1195, 500),
        "more than one page"
    );
    let usage = store.usage().await.unwrap();
    assert_eq!(
        usage
            .tiers
            .iter()
            .map(|tier| tier.size.rows)
            .collect::<Vec<_>>(),
        [1195, 1]
    );
    assert_eq!(usage.streams, [store::Size::default(); Stream::COUNT]);
}

async fn a_series_without_chunks_is_deleted(place: &Place) {
    let store = place.open().await;
    let names = ["a", "b"].map(|text| name(text, None));
    let ids = store.series(&names).await.unwrap();
    store
        .put_chunks(&[chunk(ids[0], 1000, 0, 99), chunk(ids[1], 60_000, 0, 99)])
        .await
        .unwrap();
    store.forget_series(&ids).await.unwrap();
    assert_eq!(store.catalogue().await.unwrap().len(), 2);
    store.expire_chunks(1000, 100, 9).await.unwrap();
    store.forget_series(&ids).await.unwrap();
    let catalogue = store.catalogue().await.unwrap();
    assert_eq!((catalogue.len(), catalogue[0].id), (1, ids[1]));
    let again = store.series(&names).await.unwrap();
    assert!(again[0] != ids[1] && again[1] == ids[1], "{again:?}");
}

async fn a_series_is_deleted_with_its_chunks(place: &Place) {
    let store = place.open().await;
    let names = ["a", "b"].map(|text| name(text, None));
    let ids = store.series(&names).await.unwrap();
    let chunks = [
        chunk(ids[0], 1000, 0, 99),
        chunk(ids[0], 60_000, 0, 99),
        chunk(ids[1], 1000, 0, 99),
    ];
    store.put_chunks(&chunks).await.unwrap();
    store.remove_series(ids[0]).await.unwrap();
    let catalogue = store.catalogue().await.unwrap();
    assert_eq!((catalogue.len(), catalogue[0].id), (1, ids[1]));
    let left = store.chunks(&ids, 1000, 0, i64::MAX).await.unwrap();
    assert_eq!(left, [chunks[2].clone()]);
    let tiers = store.usage().await.unwrap().tiers;
    let rows: Vec<_> = tiers.iter().map(|tier| tier.size.rows).collect();
    assert_eq!(rows, [1, 0]);
    assert_eq!(tiers[1].size.bytes, 0);
}
