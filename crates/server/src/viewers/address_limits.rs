use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Counts the viewers or connections of each address. Loopback is exempt, for programs on the host and proxies.
#[derive(Debug, Default)]
pub(crate) struct AddressLimits {
    counts: Mutex<HashMap<IpAddr, usize>>,
}

impl AddressLimits {
    /// Adds one; false if the address has `max` already.
    pub(crate) fn acquire(&self, address: IpAddr, max: usize) -> bool {
        if address.to_canonical().is_loopback() {
            return true;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        let allowed = *count < max;
        *count += usize::from(allowed);
        allowed
    }

    pub(crate) fn release(&self, address: IpAddr) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = counts.entry(address) {
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
    fn each_address_has_its_count_and_loopback_has_none() {
        let limits = AddressLimits::default();
        let [a, b] = ["192.0.2.1", "2001:db8::1"].map(|address| address.parse().unwrap());
        assert!(limits.acquire(a, 2) && limits.acquire(a, 2) && limits.acquire(b, 2));
        assert!(!limits.acquire(a, 2));
        limits.release(a);
        assert!(limits.acquire(a, 2));
        for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.9"] {
            assert!(limits.acquire(loopback.parse().unwrap(), 0));
        }
    }
}
