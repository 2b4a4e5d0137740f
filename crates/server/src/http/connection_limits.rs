use super::TrustedProxies;
use crate::accounts::LoginPolicy;
use crate::viewers::AddressLimits;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limits the HTTP connections, in all and of each address. A WebSocket counts only until its upgrade, since viewers
/// have limits of their own. Trusted proxies are exempt from the second, as many clients share their addresses, and this
/// machine is while login is off.
#[derive(Debug)]
pub(crate) struct ConnectionLimits {
    permits: AtomicU32,
    total: Arc<Semaphore>,
    addresses: Arc<AddressLimits>,
    per_address_max: AtomicUsize,
    login: LoginPolicy,
}

/// The place of a connection within the limits, until it is dropped.
pub(super) struct ConnectionSlot {
    _permit: OwnedSemaphorePermit,
    counted: Option<(Arc<AddressLimits>, IpAddr)>,
}

impl ConnectionLimits {
    pub(crate) fn new(connections_max: usize, per_address_max: usize, login: LoginPolicy) -> Self {
        let permits = permits_for(connections_max);
        Self {
            permits: AtomicU32::new(permits),
            total: Arc::new(Semaphore::new(permits as usize)),
            addresses: Arc::default(),
            per_address_max: AtomicUsize::new(per_address_max),
            login,
        }
    }

    /// Applies other limits to connections from now on. The first only grows: fewer viewers are a matter of the hub
    /// alone.
    pub(crate) fn set(&self, connections_max: usize, per_address_max: usize) {
        self.per_address_max
            .store(per_address_max, Ordering::Relaxed);
        let permits = permits_for(connections_max);
        let before = self.permits.fetch_max(permits, Ordering::Relaxed);
        self.total
            .add_permits(permits.saturating_sub(before) as usize);
    }

    /// A place for a connection; `None` if there are too many.
    pub(super) fn acquire(
        &self,
        address: IpAddr,
        proxies: &TrustedProxies,
    ) -> Option<ConnectionSlot> {
        let permit = Arc::clone(&self.total).try_acquire_owned().ok()?;
        let slot = ConnectionSlot {
            _permit: permit,
            counted: None,
        };
        self.count(slot, address, proxies)
    }

    /// Counts a connection as this client's, which its proxy has announced; `None` if the client has too many.
    pub(super) fn count(
        &self,
        mut slot: ConnectionSlot,
        client: IpAddr,
        proxies: &TrustedProxies,
    ) -> Option<ConnectionSlot> {
        let client = client.to_canonical();
        if proxies.contains(client) || self.login.exempts(client) {
            return Some(slot);
        }
        let per_address_max = self.per_address_max.load(Ordering::Relaxed);
        if !self.addresses.acquire(client, per_address_max) {
            return None;
        }
        slot.counted = Some((Arc::clone(&self.addresses), client));
        Some(slot)
    }

    /// How many connections there are, and how many there may be.
    pub(crate) fn fill(&self) -> (usize, usize) {
        let permits = self.permits.load(Ordering::Relaxed) as usize;
        let free = self.total.available_permits().min(permits);
        (permits - free, permits)
    }

    /// Waits until all connections have ended.
    pub(super) async fn ended(&self) {
        // The semaphore is never closed.
        let permits = self.permits.load(Ordering::Relaxed);
        let _ = self.total.acquire_many(permits).await;
    }
}

fn permits_for(connections_max: usize) -> u32 {
    u32::try_from(connections_max).unwrap_or(u32::MAX)
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        if let Some((addresses, address)) = &self.counted {
            addresses.release(*address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_limited_in_all_and_by_address() {
        let limits = ConnectionLimits::new(4, 2, LoginPolicy::new(true, true));
        let proxies = TrustedProxies::new(&["192.0.2.9".into()]);
        let acquire = |address: &str| limits.acquire(address.parse().unwrap(), &proxies);
        let (first, second) = (acquire("192.0.2.1"), acquire("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(acquire("192.0.2.1").is_none());
        drop(first);
        let third = acquire("192.0.2.1");
        assert!(third.is_some());
        let (fourth, fifth) = (acquire("192.0.2.9"), acquire("192.0.2.9"));
        assert!(fourth.is_some() && fifth.is_some());
        assert!(acquire("192.0.2.2").is_none(), "four in all");
        let announced = |slot| limits.count(slot, "192.0.2.1".parse().unwrap(), &proxies);
        assert!(fourth.and_then(announced).is_none(), "two of the client");
        drop((third, fifth));
        let proxied = acquire("192.0.2.9").and_then(announced);
        assert!(proxied.is_some());
        assert!(acquire("192.0.2.1").is_none());
        drop(proxied);
        assert!(acquire("192.0.2.1").is_some());
    }

    #[test]
    fn this_machine_is_exempt_while_login_is_off() {
        let proxies = TrustedProxies::new(&[]);
        for (is_login_required, is_exempt) in [(false, true), (true, false)] {
            let login = LoginPolicy::new(is_login_required, true);
            let limits = ConnectionLimits::new(9, 1, login);
            for loopback in ["127.0.0.1", "::1"] {
                let acquire = || limits.acquire(loopback.parse().unwrap(), &proxies);
                let (first, second) = (acquire(), acquire());
                assert!(first.is_some());
                assert_eq!(second.is_some(), is_exempt, "{loopback}");
            }
        }
    }

    #[test]
    fn other_limits_apply_from_now_on() {
        let limits = ConnectionLimits::new(2, 2, LoginPolicy::new(true, true));
        let proxies = TrustedProxies::new(&[]);
        let acquire = || limits.acquire([192, 0, 2, 1].into(), &proxies);
        let _first = acquire().unwrap();
        limits.set(3, 1);
        assert!(acquire().is_none());
        limits.set(3, 9);
        let _others = [acquire().unwrap(), acquire().unwrap()];
        assert!(acquire().is_none(), "three in all");
    }
}
