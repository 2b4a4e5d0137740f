use super::open::PastError;
use crate::config::Config;
use history::{Renamed, Store, StoreError};
use protocol::OwnHost;

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

fn set(config: &Config) -> Option<&str> {
    Some(config.host.as_str()).filter(|name| !name.is_empty())
}

fn of_network() -> OwnHost {
    let name = collector::host_name().and_then(|name| OwnHost::nearest_name(&name));
    name.map_or_else(OwnHost::default, |name| OwnHost::new(&name))
}
