use std::collections::BTreeMap;

/// A series' number in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// What a series is called. `unit` is told, not part of the name: two that differ in it alone are
/// the same series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesName {
    /// The host it is about.
    pub host: String,
    /// What is measured, such as `cpu` or `network_recv`.
    pub name: String,
    /// What tells it from its siblings, such as `core` = `3`.
    pub labels: BTreeMap<String, String>,
    /// The unit of its values, such as `%` or `B/s`.
    pub unit: Option<String>,
}

/// A series with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// Its number.
    pub id: SeriesId,
    /// What it is called.
    pub name: SeriesName,
}

/// Some minutes of one series at one resolution. What `data` means is the codec's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// Whose.
    pub series: SeriesId,
    /// The tier: 1,000 for each second, 60,000, 3,600,000.
    pub resolution_ms: u32,
    /// The first sample's time; with series and resolution, the chunk's key.
    pub start_ms: i64,
    /// The last sample's time.
    pub end_ms: i64,
    /// How many samples.
    pub count: u32,
    /// The samples, compressed.
    pub data: Vec<u8>,
}
