use super::OpenLogError;
use crate::config::Config;
use access::Access;
use journal::is_of_own_chain;
use protocol::{OwnHost, Stream};
use store::{LogState, PAGE_MESSAGES_MAX, Renamed, Store, StoreError};

/// Messages of a stream that are scanned for one about the own host: as many as other hosts have in a minute.
const SCANNED_MAX: usize = 10 * PAGE_MESSAGES_MAX;

/// The first page is one message, which suffices where there is one host.
const FIRST_PAGE_MESSAGES: usize = 1;

/// The own host's name without a store: that of the setting `host`, or the hostname.
pub(super) fn without_store(config: &Config) -> OwnHost {
    match config.demo {
        true => OwnHost::new(collector::DEMO_HOST),
        false => configured(config).map_or_else(by_hostname, OwnHost::new),
    }
}

/// The name that the store remembers, so that another hostname changes nothing; at the first start the
/// hostname. The setting overrides both, and then the host's series are renamed.
///
/// A simulated host has a fixed name, which is not stored: the store may be a real host's.
pub(super) async fn of_store(config: &Config, store: &dyn Store) -> Result<OwnHost, OpenLogError> {
    if config.demo {
        return Ok(without_store(config));
    }
    let mut names = store.host_names().await?;
    let own = match (configured(config), names.pop()) {
        (None, Some(name)) => return Ok(OwnHost::renamed(&name, names)),
        (Some(name), Some(newest)) if name == newest => return Ok(OwnHost::renamed(name, names)),
        (Some(name), newest) => {
            names.extend(newest);
            OwnHost::renamed(name, names)
        }
        (None, None) => by_hostname(),
    };
    match rename(store, own.name()).await? {
        Renamed::Done => Ok(own),
        Renamed::Taken(series) if configured(config).is_some() => Err(OpenLogError::HostTaken {
            name: own.name().to_owned(),
            series: series.to_string(),
        }),
        Renamed::Taken(series) => {
            tracing::warn!(
                name = own.name(),
                %series,
                "Another host has this hostname in the store; this one is called `local`. \
                 The setting `host` gives it another name."
            );
            Ok(OwnHost::default())
        }
    }
}

async fn rename(store: &dyn Store, name: &str) -> Result<Renamed, StoreError> {
    let renamed = store.rename_host(name).await?;
    if renamed == Renamed::Done {
        tracing::info!(name, "This host has a name from now on.");
    }
    Ok(renamed)
}

/// Each stream's newest `seq` about the own host, or about none, from which its chain continues. Where none is
/// found, or newer messages were lost, that is the stream's newest.
pub(super) async fn newest(
    store: &dyn Store,
    log: &LogState,
    own: &OwnHost,
) -> Result<[u64; Stream::COUNT], StoreError> {
    let mut newest = Stream::ALL.map(|stream| log.of(stream).newest_seq);
    for stream in Stream::ALL {
        let newest = &mut newest[stream.index()];
        *newest = newest_of(store, stream, *newest, own).await?;
    }
    Ok(newest)
}

async fn newest_of(
    store: &dyn Store,
    stream: Stream,
    newest_seq: u64,
    own: &OwnHost,
) -> Result<u64, StoreError> {
    let (mut before, mut scanned, mut page_messages) = (u64::MAX, 0, FIRST_PAGE_MESSAGES);
    while scanned < SCANNED_MAX {
        let page = store
            .page(&Access::server(), stream, before, page_messages)
            .await?;
        let is_lost = scanned == 0 && page.first().is_none_or(|entry| entry.seq < newest_seq);
        let (Some(last), false) = (page.last(), is_lost) else {
            break;
        };
        if let Some(found) = page.iter().find(|entry| is_of_own_chain(&entry.body, own)) {
            return Ok(found.seq);
        }
        scanned += page.len();
        before = last.seq;
        page_messages = PAGE_MESSAGES_MAX;
    }
    Ok(newest_seq)
}

fn configured(config: &Config) -> Option<&str> {
    Some(config.host.as_str()).filter(|name| !name.is_empty())
}

fn by_hostname() -> OwnHost {
    let name = collector::host_name().and_then(|name| OwnHost::nearest_name(&name));
    name.map_or_else(OwnHost::default, |name| OwnHost::new(&name))
}
