use crate::network::network;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Counts the viewers or connections of each client; the addresses of one IPv6 network are one.
#[derive(Debug, Default)]
pub(crate) struct AddressLimits {
    counts: Mutex<HashMap<IpAddr, usize>>,
}

impl AddressLimits {
    /// Adds one; false if the address has `max` already.
    pub(crate) fn acquire(&self, address: IpAddr, max: usize) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network(address)).or_insert(0);
        let allowed = *count < max;
        *count += usize::from(allowed);
        allowed
    }

    pub(crate) fn release(&self, address: IpAddr) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = counts.entry(network(address)) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_count() {
        let limits = AddressLimits::default();
        let [a, b] = ["192.0.2.1", "2001:db8::1"].map(|address| address.parse().unwrap());
        assert!(limits.acquire(a, 2) && limits.acquire(a, 2) && limits.acquire(b, 2));
        assert!(!limits.acquire(a, 2));
        limits.release(a);
        assert!(limits.acquire(a, 2));
        let [same, other] = ["2001:db8::2", "2001:db8:0:1::1"].map(|it| it.parse().unwrap());
        assert!(limits.acquire(same, 2) && !limits.acquire(b, 2));
        assert!(limits.acquire(other, 2));
        limits.release(b);
        assert!(limits.acquire(same, 2));
    }
}
