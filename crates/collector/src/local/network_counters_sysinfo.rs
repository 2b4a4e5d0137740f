//! The counters of every network interface.

use super::network::{Seen, is_loopback};
use sysinfo::Networks;

pub(super) struct Reader {
    networks: Networks,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        let networks = Networks::new().ok()?;
        Some(Self { networks })
    }

    pub(super) fn read(&mut self) -> Vec<Seen> {
        self.networks.refresh(true);
        self.networks
            .iter()
            .map(|(name, data)| Seen {
                name: name.as_encoded_bytes().to_owned(),
                index: None,
                counted: !is_loopback(name.as_encoded_bytes()),
                sent_bytes: data.total_transmitted(),
                recv_bytes: data.total_received(),
            })
            .collect()
    }
}
