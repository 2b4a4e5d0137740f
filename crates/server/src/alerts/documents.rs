use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{AlertDocument, Store, StoreError};

/// What a document is. The names are in the store and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A rule that was created in the page or by the API, by its name.
    Rule,
    /// A silence, by its id.
    Silence,
    /// Who acknowledged an alert, by the alert's id.
    Acknowledgement,
    /// The message of an alert that is firing, by its id: the log may have expired it.
    Firing,
    /// A target of notifications, by its id.
    Target,
    /// Where a target is in the log, by the target's id.
    Cursor,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Silence => "silence",
            Self::Acknowledgement => "acknowledgement",
            Self::Firing => "firing",
            Self::Target => "target",
            Self::Cursor => "cursor",
        }
    }
}

/// A stored rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredRule {
    pub(super) rule: protocol::alerting::RuleDefinition,
    /// Who changed it last.
    pub(super) by: String,
}

/// The documents about alerts in the store.
#[derive(Clone)]
pub(super) struct Documents(Arc<dyn Store>);

impl Documents {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    pub(super) async fn read(&self) -> Result<Read, StoreError> {
        Ok(Read(self.0.alert_documents().await?))
    }

    pub(super) async fn put(
        &self,
        kind: Kind,
        id: &str,
        body: &impl Serialize,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(body);
        let document = AlertDocument {
            kind: kind.name().to_owned(),
            id: id.to_owned(),
            body: body.map_err(|error| StoreError::Faulty(error.to_string()))?,
        };
        self.0.put_alert_document(&document).await
    }

    pub(super) async fn remove(&self, kind: Kind, id: &str) -> Result<(), StoreError> {
        self.0.remove_alert_document(kind.name(), id).await
    }
}

/// What was in the store at a start.
pub(super) struct Read(Vec<AlertDocument>);

impl Read {
    /// The documents of a kind, with their ids. One that this version cannot read is left alone.
    pub(super) fn of<T: DeserializeOwned>(&self, kind: Kind) -> Vec<(String, T)> {
        let documents = self.0.iter().filter(|it| it.kind == kind.name());
        let read = documents.filter_map(|document| match serde_json::from_str(&document.body) {
            Ok(body) => Some((document.id.clone(), body)),
            Err(error) => {
                let (kind, id) = (&document.kind, &document.id);
                tracing::warn!(%error, kind, id, "A document about alerts cannot be read.");
                None
            }
        });
        read.collect()
    }
}
