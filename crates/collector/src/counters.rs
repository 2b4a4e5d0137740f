/// What a host's kernel counts, as exact numbers for monitoring systems that compute rates themselves. A sample
/// ([`Metrics`](protocol::Metrics)) has shares and rates instead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostCounters {
    /// When the host was started, in seconds since 1970.
    pub boot_time_seconds: Option<u64>,
    /// The time of each online core, by its number.
    pub cores: Vec<CoreTimes>,
    /// Whole disks, without their partitions.
    pub devices: Vec<DeviceCounters>,
    /// The filesystems of the sample's disks.
    pub filesystems: Vec<FilesystemSpace>,
}

/// How a core has spent its time since the host was started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoreTimes {
    /// The operating system's number.
    pub core: usize,
    /// In seconds, by [`CPU_MODES`].
    pub seconds: [f64; CPU_MODES.len()],
}

/// What a core can be doing, as Linux names it (proc_stat(5)). The time of guests is a part of `user` and `nice`.
pub const CPU_MODES: [&str; 8] = [
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal",
];

/// What was read from and written to a disk since the host was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCounters {
    /// Its name, such as `sda`.
    pub name: String,
    /// Bytes read.
    pub read_bytes: u64,
    /// Bytes written.
    pub written_bytes: u64,
}

/// A filesystem's space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesystemSpace {
    /// What is mounted, such as `/dev/sda2`.
    pub source: String,
    /// Its kind, such as `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub mount: String,
    /// In all, in bytes.
    pub total_bytes: u64,
    /// In use, in bytes.
    pub used_bytes: u64,
    /// Available to unprivileged users, in bytes.
    pub available_bytes: u64,
}
