//! The names of the server's own host, former ones included.

use async_trait::async_trait;
use protocol::SeriesKey;

use crate::StoreError;
use crate::series::labels_from;

/// The tables of hosts.
#[async_trait]
pub trait HostStore: Send + Sync {
    /// The names of the server's own host, the newest last; empty before the first
    /// [`HostStore::rename_host`].
    async fn host_names(&self) -> Result<Vec<String>, StoreError>;

    /// Names the own host, and renames the series of all its former names and of `local`. Messages
    /// are left unchanged. Must not run beside [`put_chunks`](crate::SeriesStore::put_chunks).
    async fn rename_host(&self, name: &str) -> Result<Renamed, StoreError>;
}

/// The outcome of [`HostStore::rename_host`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// The host and its series have the name.
    Done,
    /// Nothing was changed: another host of that name has this series, too.
    Taken(SeriesKey),
}

/// More names than this are not stored.
pub(crate) const NAMES_MAX: i64 = 100;

pub(crate) const HOST_NAMES: &str = "SELECT name FROM host_name ORDER BY id";

/// The series that a host of another name has in common with the own host, one at most: `local` is what
/// the own host's series were called before it had a name.
pub(crate) const TAKEN_SERIES: &str = "SELECT name, labels FROM series AS other WHERE host = $1 \
     AND EXISTS (SELECT 1 FROM series AS own WHERE own.name = other.name \
     AND own.labels = other.labels AND own.host <> $1 \
     AND (own.host = 'local' OR own.host IN (SELECT name FROM host_name))) LIMIT 1";

/// Gives the own host's series its new name.
pub(crate) const RENAME_SERIES: &str = "UPDATE series SET host = $1 WHERE host <> $1 \
     AND (host = 'local' OR host IN (SELECT name FROM host_name))";

pub(crate) const TAKE_HOST_NAME: &str = "DELETE FROM host_name WHERE name = $1";

pub(crate) const ADD_HOST_NAME: &str = "INSERT INTO host_name (id, name) \
     SELECT coalesce(max(id), 0) + 1, CAST($1 AS text) FROM host_name";

/// Deletes all but so many of the newest.
pub(crate) const EXPIRE_HOST_NAMES: &str =
    "DELETE FROM host_name WHERE id <= (SELECT max(id) FROM host_name) - $1";

/// `row` is the name and the labels of the series that both hosts have.
pub(crate) fn conflict(
    host: &str,
    (name, labels): (String, String),
) -> Result<Renamed, sqlx::Error> {
    let labels = labels_from(&labels)?;
    Ok(Renamed::Taken(SeriesKey::new(host, name, labels)))
}
