use super::service::Notifiers;
use crate::alerts::service::server_access;
use protocol::alerting::WebhookAlert;
use protocol::{Alert, Durable, Event, Labels, Process, Stream, Timestamp};
use store::StoreError;

/// Processes that were sampled up to so long before count as those of the moment.
const PROCESSES_AGE_MAX_MS: i64 = 60_000;

/// So many are sent, and so many messages are looked at for those of the host.
const PROCESSES_MAX: usize = 5;
const EVENTS_MAX: usize = 5;
const MESSAGES_READ_MAX: usize = 50;

impl Notifiers {
    /// An alert with what there was at the moment at which it fired. What cannot be read is left out.
    pub(super) async fn with_evidence(&self, alert: Alert, labels: Labels) -> WebhookAlert {
        let at = alert.fired_at.unwrap_or(alert.timestamp);
        let url = self.link(&alert, at);
        let is_firing = super::super::open_alerts::is_firing(&alert);
        let (mut processes, mut events) = (Vec::new(), Vec::new());
        if is_firing {
            processes = self
                .processes(&alert, at.unix_ms())
                .await
                .unwrap_or_default();
            events = self.events(at.unix_ms()).await.unwrap_or_default();
        }
        WebhookAlert {
            alert,
            labels,
            url,
            processes,
            events,
        }
    }

    fn link(&self, alert: &Alert, at: Timestamp) -> String {
        let page = self.page_url().trim_end_matches('/').to_owned();
        let own = self.0.alerts.own();
        let host = alert.host.as_deref().filter(|host| !own.is(host));
        match host {
            Some(host) => {
                let host =
                    percent_encoding::utf8_percent_encode(host, percent_encoding::NON_ALPHANUMERIC);
                format!("{page}/?host={host}&at={at}")
            }
            None => format!("{page}/?at={at}"),
        }
    }

    async fn at(&self, stream: Stream, at_ms: i64) -> Result<Vec<Durable>, StoreError> {
        let access = server_access();
        let store = self.0.alerts.0.archive.store();
        let entries = store.at(&access, stream, at_ms, MESSAGES_READ_MAX).await?;
        let messages = entries
            .iter()
            .filter_map(|entry| Durable::from_json(&entry.body).ok());
        Ok(messages.collect())
    }

    async fn processes(&self, alert: &Alert, at_ms: i64) -> Result<Vec<Process>, StoreError> {
        let own = self.0.alerts.own();
        let host = own.resolve(alert.host.as_deref().unwrap_or(own.name()));
        for message in self.at(Stream::Processes, at_ms).await? {
            if let Durable::Processes(found) = message
                && own.resolve(&found.host) == host
            {
                let is_near = at_ms - found.timestamp.unix_ms() <= PROCESSES_AGE_MAX_MS;
                let mut top = if is_near { found.top } else { Vec::new() };
                top.truncate(PROCESSES_MAX);
                return Ok(top);
            }
        }
        Ok(Vec::new())
    }

    async fn events(&self, at_ms: i64) -> Result<Vec<Event>, StoreError> {
        let messages = self.at(Stream::Events, at_ms).await?.into_iter();
        let events = messages.filter_map(|message| match message {
            Durable::Event(event) => Some(event),
            _ => None,
        });
        Ok(events.take(EVENTS_MAX).collect())
    }
}
