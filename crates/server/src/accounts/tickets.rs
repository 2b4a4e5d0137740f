use accounts::{Digest, Principal, Secret};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a ticket is valid.
pub(crate) const VALID_FOR: Duration = Duration::from_secs(30);

/// Beyond this number, the oldest tickets are void.
const TICKETS_MAX: usize = 10_000;

/// The tickets of one credential; beyond this number its oldest is void.
const TICKETS_OF_ONE_MAX: usize = 20;

/// What every ticket begins with.
pub(super) const PREFIX: &str = "wt_";

/// Tickets that each open one WebSocket, for browsers, which cannot set headers there.
#[derive(Default)]
pub(super) struct Tickets(Mutex<HashMap<Digest, (Principal, Instant)>>);

impl Tickets {
    pub(super) fn issue(&self, principal: Principal, now: Instant) -> Secret {
        let ticket = Secret::random(PREFIX);
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= TICKETS_MAX {
            tickets.retain(|_, (_, until)| *until > now);
        }
        let is_same = |other: &Principal| other.credential == principal.credential;
        let of_one = tickets.values().filter(|(other, _)| is_same(other)).count();
        if of_one >= TICKETS_OF_ONE_MAX || tickets.len() >= TICKETS_MAX {
            let is_full = tickets.len() >= TICKETS_MAX;
            let may_go = tickets
                .iter()
                .filter(|(_, (other, _))| is_full || is_same(other));
            let oldest = may_go.min_by_key(|(_, (_, until))| *until);
            if let Some(oldest) = oldest.map(|(digest, _)| *digest) {
                tickets.remove(&oldest);
            }
        }
        tickets.insert(ticket.digest(), (principal, now + VALID_FOR));
        ticket
    }

    /// The principal that the ticket was issued to, once.
    pub(super) fn redeem(&self, ticket: &Digest, now: Instant) -> Option<Principal> {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (principal, until) = tickets.remove(ticket)?;
        (now < until).then_some(principal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_counts_once_and_not_for_long() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let ticket = tickets.issue(Principal::anonymous(), now).digest();
        assert!(tickets.redeem(&ticket, now).is_some());
        assert!(tickets.redeem(&ticket, now).is_none(), "once");
        let ticket = tickets.issue(Principal::anonymous(), now).digest();
        assert!(tickets.redeem(&ticket, now + VALID_FOR).is_none(), "late");
    }

    #[test]
    fn their_number_is_bounded() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let first = tickets.issue(Principal::anonymous(), now).digest();
        for _ in 0..TICKETS_OF_ONE_MAX {
            tickets.issue(Principal::anonymous(), now + Duration::from_secs(1));
        }
        assert!(tickets.redeem(&first, now).is_none());
        assert_eq!(
            tickets.0.lock().map(|it| it.len()).unwrap_or_default(),
            TICKETS_OF_ONE_MAX
        );
    }
}
