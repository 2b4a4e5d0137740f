use super::open::PastError;
use crate::config::Config;
use protocol::{OwnHost, Stream};
use serde::Deserialize;
use std::borrow::Cow;
use store::{LogState, PAGE_MESSAGES_MAX, Renamed, Store, StoreError};

/// Messages of a stream that are looked at for one about the own host. Other hosts have no more in a minute.
const LOOKED_AT_MAX: usize = 10 * PAGE_MESSAGES_MAX;

/// The first page is one message, which is enough where there is one host.
const FIRST_PAGE_MESSAGES: usize = 1;

/// What the host is called whose messages nothing keeps: as the setting says, or as its network knows it.
pub(super) fn unremembered(config: &Config) -> OwnHost {
    match config.demo {
        true => OwnHost::new(collector::DEMO_HOST),
        false => set(config).map_or_else(of_network, OwnHost::new),
    }
}

/// The name that the store remembers, so that another hostname changes nothing; at the first start the
/// hostname. The setting overrides both, and then the host's series are renamed.
///
/// A simulated host is called as always, and the store is not told: it may be a real one's.
pub(super) async fn remembered(config: &Config, store: &dyn Store) -> Result<OwnHost, PastError> {
    if config.demo {
        return Ok(unremembered(config));
    }
    let mut names = store.host_names().await?;
    let own = match (set(config), names.pop()) {
        (None, Some(name)) => return Ok(OwnHost::renamed(&name, names)),
        (Some(name), Some(newest)) if name == newest => return Ok(OwnHost::renamed(name, names)),
        (Some(name), newest) => {
            names.extend(newest);
            OwnHost::renamed(name, names)
        }
        (None, None) => of_network(),
    };
    match rename(store, own.name()).await? {
        Renamed::Done => Ok(own),
        Renamed::Taken(series) if set(config).is_some() => Err(PastError::HostTaken {
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

/// Each stream's newest number about the own host, or about none: its chain goes on from there. Where none is
/// found, and where newer ones were lost, that is the stream's newest.
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
    let (mut before, mut looked_at, mut page_messages) = (u64::MAX, 0, FIRST_PAGE_MESSAGES);
    while looked_at < LOOKED_AT_MAX {
        let page = store.page(stream, before, page_messages).await?;
        let is_lost = looked_at == 0 && page.first().is_none_or(|entry| entry.seq < newest_seq);
        let (Some(last), false) = (page.last(), is_lost) else {
            break;
        };
        if let Some(found) = page.iter().find(|entry| is_own(&entry.body, own)) {
            return Ok(found.seq);
        }
        looked_at += page.len();
        before = last.seq;
        page_messages = PAGE_MESSAGES_MAX;
    }
    Ok(newest_seq)
}

#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow, default)]
    host: Option<Cow<'a, str>>,
}

/// Whether a message is about the own host, or names none.
fn is_own(body: &str, own: &OwnHost) -> bool {
    let about: Result<About<'_>, _> = serde_json::from_str(body);
    about.is_ok_and(|about| about.host.is_none_or(|host| own.is(&host)))
}

fn set(config: &Config) -> Option<&str> {
    Some(config.host.as_str()).filter(|name| !name.is_empty())
}

fn of_network() -> OwnHost {
    let name = collector::host_name().and_then(|name| OwnHost::nearest_name(&name));
    name.map_or_else(OwnHost::default, |name| OwnHost::new(&name))
}
