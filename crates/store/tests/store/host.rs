//! The own host's names.

use crate::series::name;
use crate::support::Place;
use protocol::SeriesKey;
use store::{Renamed, Series, SeriesId, Store, StoredChunk};

on_both!(
    the_own_host_keeps_its_series_when_it_is_renamed,
    another_hosts_series_are_not_taken,
);

fn of_host(host: &str) -> Series {
    let mut series = name("cpu", None);
    series.key.host = host.to_owned();
    series
}

async fn catalogue(store: &dyn Store) -> Vec<(SeriesId, SeriesKey)> {
    let rows = store.catalogue().await.unwrap().into_iter();
    rows.map(|row| (row.id, row.series.key)).collect()
}

async fn the_own_host_keeps_its_series_when_it_is_renamed(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.host_names().await.unwrap(), [""; 0]);
    let series = [of_host("local"), of_host("other")];
    let ids = store.series(&series).await.unwrap();
    let chunk = StoredChunk {
        series: ids[0],
        resolution_ms: 1_000,
        start_ms: 0,
        end_ms: 59_000,
        count: 60,
        data: b"samples".to_vec(),
    };
    store
        .put_chunks(std::slice::from_ref(&chunk))
        .await
        .unwrap();
    for (host, names) in [
        ("web-1", vec!["web-1"]),
        ("web-2", vec!["web-1", "web-2"]),
        ("web-1", vec!["web-2", "web-1"]),
    ] {
        assert_eq!(store.rename_host(host).await.unwrap(), Renamed::Done);
        assert_eq!(store.host_names().await.unwrap(), names);
        let expected = [(ids[0], of_host(host).key), (ids[1], series[1].key.clone())];
        assert_eq!(catalogue(&*store).await, expected);
    }
    let found = store.chunks(&ids[..1], 1_000, 0, i64::MAX).await.unwrap();
    assert_eq!(found, [chunk]);
}

async fn another_hosts_series_are_not_taken(place: &Place) {
    let store = place.open().await;
    let series = [of_host("local"), of_host("web-1")];
    store.series(&series).await.unwrap();
    let before = catalogue(&*store).await;
    let taken = Renamed::Taken(series[1].key.clone());
    assert_eq!(store.rename_host("web-1").await.unwrap(), taken);
    assert_eq!(store.host_names().await.unwrap(), [""; 0]);
    assert_eq!(catalogue(&*store).await, before);
}
