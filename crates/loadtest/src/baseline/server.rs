use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// How a baseline server behaves.
#[derive(Debug, Clone)]
pub struct BaselineOptions {
    /// Where it listens; port 0 selects a free one.
    pub listen: SocketAddr,
    /// Messages a second.
    pub rate: u32,
    /// Bytes of a message, about.
    pub message_bytes: usize,
    /// Drops one in so many deliveries, to test that the load generator detects it (`floor`).
    pub drop_one_in: Option<u64>,
    /// Sends one in so many deliveries twice (`floor`).
    pub double_one_in: Option<u64>,
    /// Swaps one in so many deliveries with the next (`floor`).
    pub swap_one_in: Option<u64>,
}

impl Default for BaselineOptions {
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

/// A running baseline server, which stops on drop.
pub struct BaselineServer {
    pub(super) address: SocketAddr,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) thread: Option<JoinHandle<()>>,
}

impl BaselineServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Blocks until the server fails.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic has been printed by its thread.
            let _ = thread.join();
        }
    }
}

impl Drop for BaselineServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
