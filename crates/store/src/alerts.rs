//! Documents about alerts: rules, silences and the like. What they say is the server's.

use async_trait::async_trait;

use crate::StoreError;

/// The table of documents about alerts. The server reads it once and keeps what it has in memory, so there are only
/// writes of single rows. Each is synced to disk when it returns.
#[async_trait]
pub trait AlertStore: Send + Sync {
    /// Every document, by kind and id.
    async fn alert_documents(&self) -> Result<Vec<AlertDocument>, StoreError>;

    /// Inserts a document, or replaces the one of its kind and id.
    async fn put_alert_document(&self, document: &AlertDocument) -> Result<(), StoreError>;

    /// Deletes a document, if there is one.
    async fn remove_alert_document(&self, kind: &str, id: &str) -> Result<(), StoreError>;
}

/// A document about alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertDocument {
    /// What it is, such as `rule`.
    pub kind: String,
    /// Unique among those of its kind.
    pub id: String,
    /// JSON.
    pub body: String,
}

pub(crate) const DOCUMENTS: &str = "SELECT kind, id, body FROM alert_document ORDER BY kind, id";

pub(crate) const PUT_DOCUMENT: &str = "INSERT INTO alert_document (kind, id, body) \
     VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body";

pub(crate) const REMOVE_DOCUMENT: &str = "DELETE FROM alert_document WHERE kind = $1 AND id = $2";
