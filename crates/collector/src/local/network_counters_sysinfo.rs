//! The counters of every network interface.

use super::network::Counters;
use std::collections::HashMap;
use sysinfo::Networks;

pub(super) struct Reader {
    networks: Networks,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        let networks = Networks::new().ok()?;
        Some(Self { networks })
    }

    pub(super) fn read(&mut self) -> HashMap<String, Counters> {
        self.networks.refresh(true);
        self.networks
            .iter()
            .map(|(name, data)| {
                let counters = Counters {
                    sent_bytes: data.total_transmitted(),
                    recv_bytes: data.total_received(),
                };
                (name.to_string_lossy().into_owned(), counters)
            })
            .collect()
    }
}
