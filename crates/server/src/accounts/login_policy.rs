use crate::config::Config;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a login is required. Once it is, it stays so: it is off only while nothing but this machine can reach the
/// server, and there is no user. A cheap, shared handle.
#[derive(Debug, Clone)]
pub(crate) struct LoginPolicy(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_required: AtomicBool,
    /// Whether there are accounts at all.
    can_be_required: bool,
}

impl LoginPolicy {
    pub(crate) fn new(is_required: bool, can_be_required: bool) -> Self {
        Self(Arc::new(Shared {
            is_required: AtomicBool::new(is_required && can_be_required),
            can_be_required,
        }))
    }

    pub(crate) fn is_required(&self) -> bool {
        self.0.is_required.load(Ordering::Acquire)
    }

    /// Whether a login could be required: not without a store.
    pub(crate) fn can_be_required(&self) -> bool {
        self.0.can_be_required
    }

    /// Whether limits of an address do not apply to a program on this machine: only while nobody else is let in.
    pub(crate) fn exempts(&self, address: IpAddr) -> bool {
        !self.is_required() && address.to_canonical().is_loopback()
    }

    /// From now on a login is required; false if it was before.
    pub(super) fn require(&self) -> bool {
        self.0.can_be_required && !self.0.is_required.swap(true, Ordering::AcqRel)
    }
}

/// The first setting by which others than this machine may reach the server.
pub(crate) fn exposed_by(config: &Config) -> Option<&'static str> {
    let settings = [
        ("listen", !config.listen.ip().is_loopback()),
        ("allowed_hosts", !config.allowed_hosts.is_empty()),
        ("allowed_origins", !config.allowed_origins.is_empty()),
        ("base_path", !config.base_path.is_empty()),
        ("trusted_proxies", !config.trusted_proxies.is_empty()),
        ("tls_cert", !config.tls_cert.is_empty()),
        ("tls_self_signed", config.tls_self_signed),
    ];
    let exposing = settings.into_iter().find(|(_, is_exposing)| *is_exposing);
    exposing.map(|(name, _)| name)
}
