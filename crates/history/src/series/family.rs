use protocol::{Metric, SeriesKey};

/// Series that start and end together: those of a host whose labels have the same names (`interface`,
/// `mount`), or those of one source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Family {
    /// Of a host.
    Host {
        host: String,
        /// The labels' names; empty for a metric without labels, such as `load1`.
        labels: String,
    },
    /// Of programs.
    Data {
        /// Empty if absent.
        source: String,
    },
}

impl Family {
    pub(super) fn of(series: &SeriesKey) -> Self {
        if Metric::of(series).is_none() {
            let source = series.label("source").to_owned();
            return Self::Data { source };
        }
        let labels: Vec<&str> = series.labels.keys().map(String::as_str).collect();
        Self::Host {
            host: series.host.clone(),
            labels: labels.join(","),
        }
    }

    pub(super) fn is_data(&self) -> bool {
        matches!(self, Self::Data { .. })
    }
}

/// As part of a sentence.
impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host { host, labels } if labels.is_empty() => write!(f, "the host `{host}`"),
            Self::Host { labels, .. } => write!(f, "the label `{labels}`"),
            Self::Data { source } if source.is_empty() => f.write_str("data without a source"),
            Self::Data { source } => write!(f, "the source `{source}`"),
        }
    }
}
