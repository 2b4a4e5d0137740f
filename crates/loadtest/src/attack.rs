//! A mixed attack on a server: everything at once that costs it more than the attacker.

mod connection;
mod http2;
mod kept;
mod kind;
mod link;

pub use kind::Kind;

use crate::Target;
use crate::random::Random;
use connection::Attacker;
use kept::Kept;
use link::Encryption;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What to attack, and how much.
#[derive(Debug, Clone)]
pub struct Attack {
    /// The server.
    pub target: Target,
    /// Clients of each kind that send or read a byte a second.
    pub slow: usize,
    /// Clients of each other kind, which start anew when their connection has ended.
    pub others: usize,
    /// Makes random choices repeatable.
    pub seed: u64,
}

/// What happened to the connections of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Attempts {
    /// How many there were.
    pub connections: u64,
    /// How many could not be made.
    pub failed: u64,
    /// How many of slow clients the server has closed.
    pub cut: u64,
    /// How long it kept one of a slow client at most.
    pub longest: Duration,
    /// How many it kept for longer than the limit of their kind.
    pub beyond_limit: u64,
}

/// What happened, by kind.
pub type Attacked = BTreeMap<Kind, Attempts>;

/// An attack in progress, in a thread of its own.
pub struct Attacking {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    shared: Arc<Shared>,
}

struct Shared {
    target: Target,
    encryption: Option<Encryption>,
    attacked: Mutex<Attacked>,
    kept: Kept,
}

impl Attack {
    /// Begins.
    ///
    /// # Errors
    ///
    /// If the machine lacks threads or files.
    pub fn start(self) -> io::Result<Attacking> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let shared = Arc::new(Shared {
            kept: Kept::new(self.target.address),
            target: self.target.clone(),
            encryption: Encryption::of(&self.target),
            attacked: Mutex::default(),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, attackers) = (Arc::clone(&stop), self.attackers(&shared));
        let watching = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("attack".into())
            .spawn(move || {
                runtime.block_on(async {
                    for attacker in attackers {
                        tokio::spawn(attacker.run());
                    }
                    while !stopped.load(Ordering::Relaxed) {
                        watching.kept.update();
                        tokio::time::sleep(kept::INTERVAL).await;
                    }
                });
                // Ends all connections.
                drop(runtime);
            })?;
        Ok(Attacking {
            stop,
            thread,
            shared,
        })
    }

    fn attackers(&self, shared: &Arc<Shared>) -> Vec<Attacker> {
        let mut seeds = Random::new(self.seed);
        let is_tls = self.target.is_tls;
        let kinds = Kind::ALL.into_iter();
        let kinds = kinds.filter(|kind| is_tls || !kind.takes_tls());
        let each = kinds.flat_map(|kind| {
            let count = if kind.limit().is_some() {
                self.slow
            } else {
                self.others
            };
            std::iter::repeat_n(kind, count)
        });
        each.map(|kind| Attacker::new(kind, Random::new(seeds.next()), Arc::clone(shared)))
            .collect()
    }
}

impl Attacking {
    /// What has happened so far.
    pub fn attacked(&self) -> Attacked {
        self.shared.attacked().clone()
    }

    /// Ends it.
    pub fn stop(self) -> Attacked {
        self.stop.store(true, Ordering::Relaxed);
        // It does not panic, and what it has recorded is valid all the same.
        let _ = self.thread.join();
        self.shared.attacked().clone()
    }
}

impl Shared {
    fn attacked(&self) -> std::sync::MutexGuard<'_, Attacked> {
        self.attacked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, kind: Kind, change: impl FnOnce(&mut Attempts)) {
        change(self.attacked().entry(kind).or_default());
    }
}
