use crate::Timestamp;
use crate::properties::{Filterable, Properties};
use serde::{Deserialize, Serialize};

/// A host's busiest processes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Processes {
    /// The host's name.
    pub host: String,
    /// When they were sampled.
    pub timestamp: Timestamp,
    /// The number of all processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The busiest by CPU and by memory, busiest first.
    pub top: Vec<Process>,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Its process ID.
    pub pid: u32,
    /// Its short name.
    pub name: String,
    /// CPU in use, in percent of one core.
    pub cpu: f64,
    /// Resident memory, in bytes.
    pub memory_bytes: u64,
    /// The user who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

impl Filterable for Processes {
    fn properties(&self) -> Properties<'_> {
        Properties {
            host: Some(&self.host),
            ..Properties::default()
        }
    }
}
