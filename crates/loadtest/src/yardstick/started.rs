use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// How a yardstick behaves.
#[derive(Debug, Clone)]
pub struct Yardstick {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Messages a second.
    pub rate: u32,
    /// Bytes of a message, about.
    pub message_bytes: usize,
    /// Leaves out one in so many deliveries, to prove that the load generator sees it (`floor`).
    pub drop_one_in: Option<u64>,
    /// Sends one in so many deliveries twice, likewise.
    pub double_one_in: Option<u64>,
    /// Exchanges one in so many deliveries with the next, likewise.
    pub swap_one_in: Option<u64>,
}

impl Default for Yardstick {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            rate: 10,
            message_bytes: 300,
            drop_one_in: None,
            double_one_in: None,
            swap_one_in: None,
        }
    }
}

/// A yardstick at work. It stops when this is dropped.
pub struct Started {
    pub(super) address: SocketAddr,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) thread: Option<JoinHandle<()>>,
}

impl Started {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stays until the yardstick ends by itself, which it does only if something fails.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic has been printed by its thread.
            let _ = thread.join();
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
