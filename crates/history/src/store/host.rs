use protocol::SeriesKey;

use super::series::labels_from;

/// So many of the own host's names are remembered.
pub(super) const NAMES_MAX: i64 = 100;

/// What became of giving the own host a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// It has the name, and so do its series.
    Done,
    /// Nothing was changed: another host of that name has this series, too.
    Taken(SeriesKey),
}

/// `row` is the name and the labels of the series that both hosts have.
pub(super) fn conflict(
    host: &str,
    (name, labels): (String, String),
) -> Result<Renamed, sqlx::Error> {
    let labels = labels_from(&labels)?;
    Ok(Renamed::Taken(SeriesKey::new(host, name, labels)))
}
