use crate::app::App;
use access::Access;
use protocol::Stream;
use std::collections::BTreeMap;

/// All known hosts, each with the time of its newest `metrics` message in memory. The server's own is always
/// among them.
pub(crate) fn newest_ms_by_host(app: &App, access: &Access) -> BTreeMap<String, Option<i64>> {
    let journal = app.hub().journal();
    let own = journal.own().name();
    let series = app.archive().map(|archive| archive.series().hosts());
    let mut hosts: BTreeMap<_, _> = series
        .unwrap_or_default()
        .into_iter()
        .map(|host| (host, None))
        .collect();
    let (_, newest) = journal.newest(&[(Stream::Metrics, 1, own)], access);
    let newest_ms = newest.first().map(|frame| frame.timestamp().unix_ms());
    hosts.insert(own.to_owned(), newest_ms);
    for (host, frame) in journal.other_hosts(Stream::Metrics, access) {
        hosts.insert(host, Some(frame.timestamp().unix_ms()));
    }
    hosts
}

/// The names of all known hosts, the server's own first.
pub(crate) fn names(app: &App, access: &Access) -> Vec<String> {
    let own = app.hub().journal().own();
    let mut names: Vec<_> = newest_ms_by_host(app, access).into_keys().collect();
    names.sort_by_key(|name| !own.is(name));
    names
}
