use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Senders with a rate of their own. Beyond, those whose bucket is full again are forgotten; if none is, the
/// further ones share one bucket.
const SENDERS_MAX: usize = 50_000;

/// Limits the requests of each sender with a token bucket: of an address, or of an account.
#[derive(Debug)]
pub(crate) struct RequestRates<S> {
    rate: RwLock<Rate>,
    start: Instant,
    /// When the bucket of each sender will be full again, since `start` (the generic cell rate algorithm); `None` has that
    /// of all further ones.
    buckets: Mutex<HashMap<Option<S>, Duration>>,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    /// The time in which a token is added.
    token: Duration,
    /// The time in which an empty bucket becomes full.
    full: Duration,
}

impl Rate {
    fn new(per_second: u32, burst: u32) -> Self {
        let token = Duration::from_secs(1) / per_second.max(1);
        let full = token * burst.max(1);
        Self { token, full }
    }
}

impl<S: Copy + Eq + Hash> RequestRates<S> {
    pub(crate) fn new(per_second: u32, burst: u32, start: Instant) -> Self {
        Self {
            rate: RwLock::new(Rate::new(per_second, burst)),
            start,
            buckets: Mutex::default(),
        }
    }

    /// Applies another rate from now on.
    pub(crate) fn set(&self, per_second: u32, burst: u32) {
        *self.rate.write().unwrap_or_else(PoisonError::into_inner) = Rate::new(per_second, burst);
    }

    /// Takes a token; an error says in which time there will be one.
    pub(crate) fn take(&self, sender: S, now: Instant) -> Result<(), Duration> {
        let rate = *self.rate.read().unwrap_or_else(PoisonError::into_inner);
        let now = now.saturating_duration_since(self.start);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Some(sender);
        if buckets.len() >= SENDERS_MAX && !buckets.contains_key(&key) {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= SENDERS_MAX {
                key = None;
            }
        }
        let full_at = buckets.entry(key).or_insert(now);
        let after = (*full_at).max(now) + rate.token;
        let limit = now + rate.full;
        if after > limit {
            return Err(after - limit);
        }
        *full_at = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::network;
    use std::net::IpAddr;

    fn address(text: &str) -> IpAddr {
        network(text.parse().unwrap())
    }

    #[test]
    fn each_address_has_a_burst_and_then_a_rate() {
        let start = Instant::now();
        let rates = RequestRates::new(10, 3, start);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..3 {
            assert_eq!(rates.take(one, start), Ok(()));
        }
        assert_eq!(rates.take(one, start), Err(Duration::from_millis(100)));
        assert_eq!(rates.take(other, start), Ok(()));
        let later = start + Duration::from_millis(100);
        assert_eq!(rates.take(one, later), Ok(()));
        assert!(rates.take(one, later).is_err());
    }

    #[test]
    fn another_rate_applies_from_now_on() {
        let start = Instant::now();
        let rates = RequestRates::new(1, 1, start);
        let one = address("192.0.2.1");
        assert!(rates.take(one, start).is_ok());
        rates.set(10, 2);
        let later = start + Duration::from_secs(1);
        assert!(rates.take(one, later).is_ok() && rates.take(one, later).is_ok());
        assert_eq!(rates.take(one, later), Err(Duration::from_millis(100)));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_share_a_rate() {
        let start = Instant::now();
        let rates = RequestRates::new(1, 1, start);
        assert!(rates.take(address("2001:db8::1"), start).is_ok());
        assert!(rates.take(address("2001:db8::2"), start).is_err());
        assert!(rates.take(address("2001:db8:0:1::1"), start).is_ok());
    }

    #[test]
    fn addresses_beyond_the_limit_share_a_rate_until_others_are_forgotten() {
        let start = Instant::now();
        let rates = RequestRates::new(1, 1, start);
        let numbered = |number: u32| IpAddr::V4(number.into());
        let first = u32::from_be_bytes([192, 0, 2, 0]);
        for number in 0..SENDERS_MAX as u32 {
            assert!(rates.take(numbered(first + number), start).is_ok());
        }
        assert!(rates.take(address("10.0.0.1"), start).is_ok());
        assert!(rates.take(address("10.0.0.2"), start).is_err());
        let later = start + Duration::from_secs(10);
        assert!(rates.take(address("10.0.0.1"), later).is_ok());
        assert!(rates.take(address("10.0.0.2"), later).is_ok());
    }
}
