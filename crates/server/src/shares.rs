use crate::http::RequestOrigin;
use crate::network::network;
use accounts::{Credential, Principal, UserId};
use axum::http::Extensions;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Holders that are remembered before those without permits are forgotten.
const HOLDERS_MAX: usize = 1_024;

/// Whom a share belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    User(UserId),
    /// An API token.
    Token(i64),
    /// Everybody without a credential in this network.
    Network(IpAddr),
}

impl Holder {
    /// The credential of a request; absent while login is off, when all of them come from this machine.
    ///
    /// Each API token is one of its own, since one user usually creates those of many programs.
    pub(crate) fn of_credential(extensions: &Extensions) -> Option<Self> {
        match credential(extensions) {
            Some(Credential::Token { token, .. }) => Some(Self::Token(*token)),
            _ => Self::of_user(extensions),
        }
    }

    /// The user of a request, whatever its credential is. Users create tokens themselves, so these are none of their own.
    pub(crate) fn of_user(extensions: &Extensions) -> Option<Self> {
        match credential(extensions) {
            Some(Credential::LoginOff) => None,
            Some(
                Credential::Session { user, .. }
                | Credential::Jwt { user }
                | Credential::Proxy { user }
                | Credential::Token {
                    user: Some(user), ..
                },
            ) => Some(Self::User(*user)),
            Some(Credential::Token { token, .. }) => Some(Self::Token(*token)),
            Some(Credential::Anonymous | Credential::Public) | None => {
                let address = RequestOrigin::of(extensions).address;
                Some(Self::Network(network(address)))
            }
        }
    }

    /// The account of a request, wherever it comes from: as [`Self::of_user`], but only with a credential.
    pub(crate) fn of_account(extensions: &Extensions) -> Option<Self> {
        Self::of_user(extensions).filter(|holder| !matches!(holder, Self::Network(_)))
    }
}

fn credential(extensions: &Extensions) -> Option<&Credential> {
    let principal = extensions.get::<Principal>();
    principal.map(|principal| &principal.credential)
}

/// Permits of which no holder has more than its share, so that one client cannot take all of them.
#[derive(Debug)]
pub(crate) struct Shares {
    all: Arc<Semaphore>,
    share_max: usize,
    /// The rest of each share; dropped with the last permit of it.
    shares: Mutex<HashMap<Holder, Weak<Semaphore>>>,
}

/// One or more permits, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    of_all: OwnedSemaphorePermit,
    of_share: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Gives back what is more than this.
    pub(crate) fn shrink(&mut self, count: usize) {
        let shrink = |permit: &mut OwnedSemaphorePermit| {
            let excess = permit.num_permits().saturating_sub(count);
            drop(permit.split(excess));
        };
        shrink(&mut self.of_all);
        if let Some(permit) = &mut self.of_share {
            shrink(permit);
        }
    }
}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// The holder has its share.
    Share,
    All,
}

impl Shares {
    /// So many permits, and so many at most for one holder.
    pub(crate) fn new(count: usize, share_max: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(count)),
            share_max,
            shares: Mutex::default(),
        }
    }

    /// Takes permits if there are enough. More than a share are all of the share.
    pub(crate) fn try_acquire(
        &self,
        holder: Option<Holder>,
        count: u32,
    ) -> Result<Permit, Exhausted> {
        let share = holder.map(|holder| self.share(holder));
        let of_share = share.map(|share| share.try_acquire_many_owned(self.of_share(count)));
        let of_share = of_share.transpose().map_err(|_| Exhausted::Share)?;
        let of_all = Arc::clone(&self.all).try_acquire_many_owned(count);
        Ok(Permit {
            of_all: of_all.map_err(|_| Exhausted::All)?,
            of_share,
        })
    }

    /// The same, waiting for them. Whoever has to wait for its own share keeps nobody else waiting.
    pub(crate) async fn acquire(&self, holder: Option<Holder>, count: u32) -> Permit {
        let of_share = match holder.map(|holder| self.share(holder)) {
            Some(share) => Some(taken(share, self.of_share(count)).await),
            None => None,
        };
        Permit {
            of_all: taken(Arc::clone(&self.all), count).await,
            of_share,
        }
    }

    fn of_share(&self, count: u32) -> u32 {
        count.min(u32::try_from(self.share_max).unwrap_or(u32::MAX))
    }

    fn share(&self, holder: Holder) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&holder).and_then(Weak::upgrade) {
            return share;
        }
        if shares.len() >= HOLDERS_MAX {
            shares.retain(|_, share| share.strong_count() > 0);
        }
        let share = Arc::new(Semaphore::new(self.share_max));
        shares.insert(holder, Arc::downgrade(&share));
        share
    }
}

async fn taken(permits: Arc<Semaphore>, count: u32) -> OwnedSemaphorePermit {
    let permit = permits.acquire_many_owned(count).await;
    permit.expect("the semaphore is never closed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const A: Option<Holder> = Some(Holder::User(1));
    const B: Option<Holder> = Some(Holder::User(2));

    #[test]
    fn nobody_has_more_than_its_share() {
        let shares = Shares::new(4, 2);
        let first = shares.try_acquire(A, 1).unwrap();
        let second = shares.try_acquire(A, 1).unwrap();
        assert_eq!(shares.try_acquire(A, 1).unwrap_err(), Exhausted::Share);
        let all = shares.try_acquire(B, 2).unwrap();
        assert_eq!(shares.try_acquire(None, 1).unwrap_err(), Exhausted::All);
        drop(first);
        assert!(shares.try_acquire(A, 1).is_ok());
        drop((second, all));
        assert!(shares.try_acquire(None, 4).is_ok(), "not shared out");
        let more = shares.try_acquire(A, 3).unwrap();
        assert!(shares.try_acquire(B, 2).is_err(), "three are taken");
        drop(more);
        let mut shrunk = shares.try_acquire(A, 2).unwrap();
        shrunk.shrink(1);
        assert!(shares.try_acquire(A, 1).is_ok());
        drop(shrunk);
        assert_eq!(shares.all.available_permits(), 4);
    }

    #[test]
    fn who_waits_for_its_share_keeps_nobody_waiting() {
        let shares = Shares::new(4, 2);
        let held = shares.try_acquire(A, 2).unwrap();
        let mut waiting = std::pin::pin!(shares.acquire(A, 1));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(shares.acquire(B, 2).now_or_never().is_some());
        drop(held);
        assert!(waiting.now_or_never().is_some());
    }

    #[test]
    fn holders_without_permits_are_forgotten() {
        let shares = Shares::new(1, 1);
        for user in 0..10_000 {
            assert!(shares.try_acquire(Some(Holder::User(user)), 1).is_ok());
        }
        let remembered = shares.shares.lock().unwrap().len();
        assert!(remembered <= HOLDERS_MAX, "{remembered}");
    }

    #[test]
    fn a_token_has_a_share_of_its_own_and_a_user_one_for_all_tokens() {
        let mut sent = Extensions::new();
        let unknown = Holder::Network(RequestOrigin::of(&sent).address);
        assert_eq!(Holder::of_user(&sent), Some(unknown));
        for (credential, of_credential, of_user) in [
            (Credential::LoginOff, None, None),
            (Credential::Public, Some(unknown), Some(unknown)),
            (
                Credential::Token {
                    user: Some(3),
                    token: 7,
                    scopes: Vec::new(),
                },
                Some(Holder::Token(7)),
                Some(Holder::User(3)),
            ),
            (
                Credential::Token {
                    user: None,
                    token: 7,
                    scopes: Vec::new(),
                },
                Some(Holder::Token(7)),
                Some(Holder::Token(7)),
            ),
        ] {
            sent.insert(Principal {
                credential,
                ..Principal::anonymous()
            });
            assert_eq!(Holder::of_credential(&sent), of_credential, "{sent:?}");
            assert_eq!(Holder::of_user(&sent), of_user, "{sent:?}");
        }
    }
}
