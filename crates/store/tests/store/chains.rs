//! What is known of each chain, and who reads which.

use crate::support::Place;
use crate::support::entries::{Chain, seqs};
use access::{Access, Span};
use protocol::Stream::{self, Control, Data, Events};
use store::{ChainName, ChainSet, Entry, Store};

on_both!(
    each_chain_has_its_newest_and_its_floor,
    expired_chains_beyond_the_limit_are_known_together,
    lost_messages_are_those_of_any_chain,
    the_limit_counts_what_may_be_seen,
    spans_may_be_many,
    an_older_store_may_have_lost_messages_of_any_host,
    only_the_server_reads_internal_streams,
);

fn named(entry: Entry, channel: &str, host: &str) -> Entry {
    let name = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
    Entry {
        chain: ChainName {
            channel: name(channel),
            host: name(host),
        },
        ..entry
    }
}

/// Data of these chains, as channel and host, numbered from 1.
async fn commit(store: &dyn Store, chains: &[(&str, &str)]) {
    let mut numbers = Chain::default();
    let entries = chains.iter().map(|(channel, host)| {
        let entry = numbers.next(Data, 0);
        named(entry, channel, host)
    });
    let entries: Vec<_> = entries.collect();
    store.commit(&entries).await.unwrap();
    // A batch may be repeated.
    store.commit(&entries).await.unwrap();
}

fn host(name: &str) -> ChainSet {
    ChainSet::Hosts(vec![Some(name.to_owned())])
}

async fn check(store: &dyn Store, chains: ChainSet, expected: (u64, u64)) {
    let states = store.chain_states(&[(Data, chains.clone())]).await;
    let state = states.unwrap()[0];
    assert_eq!((state.newest_seq, state.floor_seq), expected, "{chains:?}");
}

async fn each_chain_has_its_newest_and_its_floor(place: &Place) {
    let store = place.begin().await;
    let (own, b, r7) = (("", ""), ("", "b"), ("r7", ""));
    commit(&*store, &[own, b, r7, own, r7, b]).await;
    let own = || ChainSet::Hosts(vec![None]);
    let channel = |name: &str| ChainSet::Channel(name.to_owned());
    check(&*store, own(), (4, 0)).await;
    check(&*store, host("b"), (6, 0)).await;
    check(&*store, channel("r7"), (5, 0)).await;
    check(&*store, channel("b"), (0, 0)).await;
    assert_eq!(store.expire(Data, i64::MAX, 4).await.unwrap(), 4);
    check(&*store, own(), (4, 4)).await;
    check(&*store, host("b"), (6, 2)).await;
    check(&*store, channel("r7"), (5, 3)).await;
    check(&*store, ChainSet::Public, (6, 4)).await;
    check(
        &*store,
        ChainSet::Hosts(vec![None, Some("b".into())]),
        (6, 4),
    )
    .await;
    assert_eq!(store.expire(Data, i64::MAX, 9).await.unwrap(), 2);
    check(&*store, channel("r7"), (5, 5)).await;
}

async fn expired_chains_beyond_the_limit_are_known_together(place: &Place) {
    let store = place.begin().await;
    let names: Vec<_> = (0..store::CHAINS_MAX).map(|it| format!("b{it}")).collect();
    let own = ("", "");
    let hosts = names.iter().map(|name| ("", name.as_str()));
    let chains: Vec<_> = std::iter::once(own).chain(hosts).collect();
    commit(&*store, &chains).await;
    let last = chains.len() as u64;
    assert_eq!(store.expire(Data, i64::MAX, 9).await.unwrap(), 9);
    // The own host's is never removed, and that of the newest deleted message is 8 hosts later.
    check(&*store, ChainSet::Hosts(vec![None]), (9, 9)).await;
    check(&*store, host("b3"), (9, 9)).await;
    check(&*store, host("b7"), (9, 9)).await;
    check(&*store, host("b8"), (10, 9)).await;
    check(&*store, host(&names[names.len() - 1]), (last, 9)).await;
    // Now that there are fewer, a chain is known by itself again.
    assert_eq!(store.expire(Data, i64::MAX, 1).await.unwrap(), 1);
    check(&*store, host("b8"), (10, 10)).await;
    check(&*store, host("b9"), (11, 9)).await;
}

async fn lost_messages_are_those_of_any_chain(place: &Place) {
    let store = place.begin().await;
    commit(&*store, &[("", ""), ("r7", "")]).await;
    store.mark_lost(&[(Data, 7)]).await.unwrap();
    for chains in [
        ChainSet::Public,
        host("unknown"),
        ChainSet::Channel("r7".into()),
    ] {
        check(&*store, chains, (7, 7)).await;
    }
    let hosts = ChainSet::Hosts(vec![None, Some("unknown".into())]);
    let all = [
        (Events, ChainSet::Public),
        (Data, hosts),
        (Events, host("b")),
    ];
    let all = store.chain_states(&all).await.unwrap();
    let floors: Vec<_> = all.iter().map(|it| it.floor_seq).collect();
    assert_eq!(floors, [0, 7, 0]);
}

async fn the_limit_counts_what_may_be_seen(place: &Place) {
    let store = place.begin().await;
    let (own, r7, r8) = (("", ""), ("r7", ""), ("r8", ""));
    commit(&*store, &[own, r7, r8, r7, r8, own, r7, own]).await;
    let member = Access::member([Span {
        stream: Data,
        channel: "r7".into(),
        after: 2,
        until: Some(6),
    }]);
    for (access, expected) in [
        (Access::member([]), [8, 6, 1].as_slice()),
        (member.clone(), &[8, 6, 4, 1]),
        (Access::server(), &[8, 7, 6, 5, 4, 3, 2, 1]),
    ] {
        let page = store.page(&access, Data, u64::MAX, 3).await.unwrap();
        assert_eq!(seqs(&page), expected[..3]);
        let all = store
            .after(&access, 0, &[Events, Data], 99, usize::MAX)
            .await;
        let mut all = seqs(&all.unwrap());
        all.reverse();
        assert_eq!(all, expected);
    }
    let narrowed = Access::server().of_scopes([(Data, None), (Data, Some("r8"))]);
    let page = store.page(&narrowed, Data, 6, 9).await.unwrap();
    assert_eq!(seqs(&page), [5, 3, 1]);
    let channel = Access::server().of_scopes([(Data, Some("r8"))]);
    let page = store.page(&channel, Data, 6, 9).await.unwrap();
    assert_eq!(seqs(&page), [5, 3]);
    let after = store.after(&channel, 3, &[Events, Data], 9, usize::MAX);
    assert_eq!(seqs(&after.await.unwrap()), [5]);
}

/// One who comes and goes has many spans.
async fn spans_may_be_many(place: &Place) {
    const SPANS: u64 = 1_500;
    let store = place.begin().await;
    let chains = [("", ""), ("r7", ""), ("r7", ""), ("r8", ""), ("r7", "")];
    commit(&*store, &chains).await;
    let spans = |channel: &str, many: u64| {
        let many = (0..many).map(|number| 1_000 + 2 * number);
        let many = many.map(|after| (after, Some(after + 1)));
        let channel: Box<str> = channel.into();
        [(1, Some(2)), (4, None)]
            .into_iter()
            .chain(many)
            .map(|(after, until)| Span {
                stream: Data,
                channel: channel.clone(),
                after,
                until,
            })
            .collect::<Vec<_>>()
    };
    let member = Access::member(spans("r7", SPANS).into_iter().chain(spans("r8", SPANS)));
    for (access, expected) in [
        (member.clone(), [5, 2, 1].as_slice()),
        (member.of_scopes([(Data, Some("r7"))]), &[5, 2]),
        (
            member.of_scopes([(Data, Some("r7")), (Data, Some("r8"))]),
            &[5, 2],
        ),
    ] {
        let page = store.page(&access, Data, u64::MAX, 9).await.unwrap();
        assert_eq!(seqs(&page), expected);
        let after = store.after(&access, 0, &[Events, Data], 9, usize::MAX);
        let mut after = seqs(&after.await.unwrap());
        after.reverse();
        assert_eq!(after, expected);
    }
}

async fn only_the_server_reads_internal_streams(place: &Place) {
    let store = place.begin().await;
    let entries = Chain::default().messages(&[Control, Data]);
    store.commit(&entries).await.unwrap();
    for (access, expected) in [
        (Access::everything(), [2].as_slice()),
        (Access::server(), &[1, 2]),
    ] {
        let after = store
            .after(&access, 0, &[Control, Data], 9, usize::MAX)
            .await;
        assert_eq!(seqs(&after.unwrap()), expected);
        let tail = store.tail(&access, &Stream::ALL, 9, usize::MAX).await;
        assert_eq!(seqs(&tail.unwrap()), expected);
        let control = store.page(&access, Control, u64::MAX, 9).await.unwrap();
        assert_eq!(control.len() + 1, expected.len());
    }
}

/// Makes it a store of before there were chains, and what came after them.
async fn remove_chains(place: &Place) {
    for sql in [
        "DROP INDEX {}journal_by_channel",
        "ALTER TABLE {}journal DROP COLUMN host",
        "ALTER TABLE {}journal DROP COLUMN channel",
        "DROP TABLE {}chain",
        "ALTER TABLE {}stream DROP COLUMN lost",
        "ALTER TABLE {}stream DROP COLUMN unchained",
        "DROP TABLE {}board",
        "DROP TABLE {}board_version",
        "DROP TABLE {}room_mute",
        "DROP TABLE {}room",
        "DROP TABLE {}room_read",
        "DROP TABLE {}room_body",
        "DROP TABLE {}alert_document",
        "DROP TABLE {}series_set",
        "DROP TABLE {}idempotency_key",
        "ALTER TABLE {}about DROP COLUMN sealed",
        "ALTER TABLE {}series DROP COLUMN is_counter",
        "DROP TABLE {}token",
        "DROP TABLE {}session",
        "DROP TABLE {}account",
        "ALTER TABLE {}about DROP COLUMN login_required",
        "DELETE FROM {}_sqlx_migrations WHERE version >= 3",
    ] {
        place.execute(sql).await;
    }
}

async fn an_older_store_may_have_lost_messages_of_any_host(place: &Place) {
    let store = place.begin().await;
    commit(&*store, &[("", ""); 6]).await;
    assert_eq!(store.expire(Data, i64::MAX, 2).await.unwrap(), 2);
    store.finish(6).await.unwrap();
    drop(store);
    remove_chains(place).await;
    let store = place.open().await;
    let start = store.start().await.unwrap();
    assert_eq!(start.log.of(Data).lost_seq, 2);
    store.reserve(100).await.unwrap();
    let own = || ChainSet::Hosts(vec![None]);
    let r7 = || ChainSet::Channel("r7".to_owned());
    check(&*store, own(), (6, 2)).await;
    check(&*store, ChainSet::Public, (6, 2)).await;
    check(&*store, host("b"), (6, 2)).await;
    check(&*store, r7(), (2, 2)).await;
    let mut numbers = Chain::from(7, [0; Stream::COUNT]);
    let entry = named(numbers.next(Data, 0), "", "b");
    store.commit(&[entry]).await.unwrap();
    assert_eq!(store.expire(Data, i64::MAX, 2).await.unwrap(), 2);
    check(&*store, host("b"), (7, 4)).await;
    check(&*store, host("c"), (6, 4)).await;
    assert_eq!(store.expire(Data, i64::MAX, 9).await.unwrap(), 3);
    check(&*store, host("b"), (7, 7)).await;
    check(&*store, host("c"), (6, 6)).await;
    assert_eq!(store.log_state().await.unwrap().of(Data).lost_seq, 6);
}
