//! The channels of [`Noise`](super::noise::Noise), each for one thing. Those that wander are from 100 on.

pub(super) const EXPORT: u64 = 1;
pub(super) const BACKUP_START: u64 = 2;
pub(super) const BACKUP: u64 = 3;
pub(super) const DEPLOY_START: u64 = 4;
pub(super) const DEPLOY: u64 = 5;
pub(super) const INCIDENT: u64 = 6;
pub(super) const DAY: u64 = 7;
pub(super) const BURST_CHANCE: u64 = 8;
pub(super) const BURST_START: u64 = 9;
pub(super) const BURST_DURATION: u64 = 10;
pub(super) const BURST_HEIGHT: u64 = 11;
pub(super) const REQUESTS: u64 = 12;
pub(super) const ORDERS: u64 = 13;

pub(super) const CPU: u64 = 100;
pub(super) const CPU_SLOW: u64 = 101;
pub(super) const MEMORY: u64 = 102;
pub(super) const VISITORS: u64 = 103;
pub(super) const BASKET: u64 = 104;
pub(super) const QUEUE: u64 = 105;
pub(super) const LATENCY: u64 = 106;
pub(super) const PROCESS_COUNT: u64 = 107;
/// One for each core.
pub(super) const CORES: u64 = 120;
/// Two for each disk and each interface.
pub(super) const FLOWS: u64 = 140;
/// One for each program.
pub(super) const PROGRAMS: u64 = 160;
