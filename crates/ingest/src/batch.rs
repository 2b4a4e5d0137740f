use crate::Histogram;
use protocol::{Kind, SeriesKey, Timestamp, Unit};

/// The most points of a body.
pub const POINTS_MAX: usize = 20_000;

/// The most log records of a body: what is committed at once. More in several commits could be stored in part, and
/// stored twice when they are sent again.
pub const RECORDS_MAX: usize = 2_000;

/// The most labels of a point.
pub const LABELS_MAX: usize = 32;

/// The most labels of all points of a body together. A label takes a hundred bytes of memory, however short it is.
pub const ALL_LABELS_MAX: usize = 200_000;

/// The most buckets of all histograms of a body.
pub(crate) const BUCKETS_MAX: usize = 100_000;

/// The most rejected points that are named; all are counted.
pub const REJECTED_MAX: usize = 100;

/// The most bytes of the names and values of a series together. A line may share its labels among thousands of points, so
/// this bounds what a body can grow to.
pub(crate) const TEXT_BYTES_MAX: usize = SeriesKey::TEXT_BYTES_MAX;

/// What a body reports.
#[derive(Debug, Default, PartialEq)]
pub struct Batch {
    /// The points that can be read.
    pub points: Vec<ParsedPoint>,
    /// The first [`REJECTED_MAX`] that cannot.
    pub rejected: Vec<Rejected>,
    /// How many cannot.
    pub rejected_count: usize,
    /// Histograms, of which a [`Reducer`](crate::Reducer) makes quantiles; their sums and counts are points already.
    pub histograms: Vec<Histogram>,
    /// Buckets of these.
    bucket_count: usize,
    /// Labels of points and histograms.
    label_count: usize,
}

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedPoint {
    /// Its series.
    pub series: SeriesKey,
    /// When; absent if the sender does not say.
    pub timestamp: Option<Timestamp>,
    /// Its value, which is finite.
    pub value: f64,
    /// The unit, if the sender states one or the name has one.
    pub unit: Option<Unit>,
    /// Whether it is a total that only grows.
    pub kind: Kind,
    /// Where it stands in the body: the line, from 1, or the number of the point, from 0.
    pub place: u32,
}

#[cfg(test)]
impl ParsedPoint {
    /// What the tests of parsers compare: `series = value unit counter`.
    pub(crate) fn described(&self) -> String {
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}"));
        let kind = match self.kind {
            Kind::Counter => " counter",
            Kind::Gauge => "",
        };
        format!(
            "{} = {}{}{kind}",
            self.series,
            self.value,
            unit.unwrap_or_default()
        )
    }
}

/// A part of a body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stands, as [`ParsedPoint::place`].
    pub place: u32,
    /// Why.
    pub reason: Reason,
}

/// Why a part of a body cannot be read. It repeats nothing of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It is not as its format demands.
    #[error("{0}")]
    Syntax(&'static str),
    /// A text is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// There are too many labels.
    #[error("it has more than {LABELS_MAX} labels")]
    LabelCount,
    /// Its names and values are too long.
    #[error("its names and values have more than {TEXT_BYTES_MAX} bytes together")]
    TextLength,
    /// A value since the previous one cannot be stored: a repeated request would count twice.
    #[error("it has delta temporality; send cumulative values")]
    Delta,
}

/// Why nothing of a body can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// There are too many points.
    #[error("the body has more than {POINTS_MAX} points; send fewer at once")]
    PointCount,
    /// Its points have too many labels.
    #[error(
        "the points of the body have more than {ALL_LABELS_MAX} labels together; send fewer at once"
    )]
    LabelCount,
    /// There are too many log records.
    #[error("the body has more than {RECORDS_MAX} log records; send fewer at once")]
    RecordCount,
    /// It is too long after decompression.
    #[error("the body has more than {0} bytes when it is decompressed; send less at once")]
    Long(usize),
    /// It is not compressed as it says.
    #[error("the body is not valid {0}")]
    Compression(&'static str),
    /// It is no such message.
    #[error("the body is not a valid protobuf message {0}")]
    Protobuf(&'static str),
    /// It is not JSON.
    #[error("the body is not valid JSON")]
    Json,
}

impl BodyError {
    /// Whether less at once would be accepted.
    pub fn is_size(self) -> bool {
        match self {
            Self::PointCount | Self::LabelCount | Self::RecordCount | Self::Long(_) => true,
            Self::Compression(_) | Self::Protobuf(_) | Self::Json => false,
        }
    }
}

impl Batch {
    /// Adds a point. What is no number, or infinite, says that there is no value: senders report it all the time, for
    /// example as the quantile of nothing, and it is no mistake of theirs.
    pub(crate) fn push(&mut self, point: ParsedPoint) -> Result<(), BodyError> {
        if !point.value.is_finite() {
            return Ok(());
        }
        if self.points.len() >= POINTS_MAX {
            return Err(BodyError::PointCount);
        }
        self.count_labels(&point.series)?;
        self.points.push(point);
        Ok(())
    }

    fn count_labels(&mut self, series: &SeriesKey) -> Result<(), BodyError> {
        self.label_count += series.labels.len();
        match self.label_count > ALL_LABELS_MAX {
            true => Err(BodyError::LabelCount),
            false => Ok(()),
        }
    }

    /// Adds a histogram, unless it has no buckets, and so no quantiles. What is beyond the limit of all together is
    /// refused like points.
    pub(crate) fn push_histogram(&mut self, histogram: Histogram) -> Result<(), BodyError> {
        if histogram.buckets.is_empty() {
            return Ok(());
        }
        self.bucket_count += histogram.buckets.len();
        if self.bucket_count > BUCKETS_MAX || self.histograms.len() >= POINTS_MAX {
            return Err(BodyError::PointCount);
        }
        self.count_labels(&histogram.series)?;
        self.histograms.push(histogram);
        Ok(())
    }

    pub(crate) fn reject(&mut self, place: u32, reason: Reason) {
        self.rejected_count += 1;
        if self.rejected.len() < REJECTED_MAX {
            self.rejected.push(Rejected { place, reason });
        }
    }
}

/// A text of a series, within its limit.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Reason> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Reason::TextLength);
    }
    str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)
}

/// The labels of a series while they are read: the host among them is its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelSet {
    name: String,
    host: String,
    labels: Vec<(String, String)>,
    bytes: usize,
}

impl LabelSet {
    pub(crate) fn push(&mut self, label: String, value: String) -> Result<(), Reason> {
        self.bytes += label.len() + value.len();
        if self.bytes > TEXT_BYTES_MAX {
            return Err(Reason::TextLength);
        }
        match label.as_str() {
            protocol::NAME_LABEL => self.name = value,
            protocol::HOST_LABEL => self.host = value,
            _ if self.labels.len() >= LABELS_MAX => return Err(Reason::LabelCount),
            _ => self.labels.push((label, value)),
        }
        Ok(())
    }

    pub(crate) fn set_name(&mut self, name: String) -> Result<(), Reason> {
        self.push(protocol::NAME_LABEL.to_owned(), name)
    }

    pub(crate) fn set_host(&mut self, host: String) -> Result<(), Reason> {
        self.push(protocol::HOST_LABEL.to_owned(), host)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Removes a label, and returns its value.
    pub(crate) fn remove(&mut self, label: &str) -> Option<String> {
        let at = self.labels.iter().position(|(known, _)| known == label)?;
        Some(self.labels.swap_remove(at).1)
    }

    /// The series of these labels, with another name.
    pub(crate) fn series_named(&self, name: String) -> SeriesKey {
        SeriesKey::new(self.host.clone(), name, self.labels.iter().cloned())
    }

    pub(crate) fn into_series(self) -> SeriesKey {
        SeriesKey::new(self.host, self.name, self.labels)
    }
}
