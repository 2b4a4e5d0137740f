use super::batch::{Batch, is_refused};
use super::form::{email, form};
use super::service::{Notifiers, State};
use super::target::{StoredCursor, addresses, is_for, networks, url};
use crate::alerts::documents::Kind;
use crate::alerts::open_alerts::is_firing;
use crate::alerts::service::{now_ms, server_access};
use crate::outgoing::{MailError, OutgoingError, OutgoingRequest};
use axum::http::{HeaderName, HeaderValue, header};
use bytes::Bytes;
use protocol::alerting::{NewTarget, TargetKind, WebhookAlert};
use protocol::{Alert, Durable, Labels, Stream};
use std::time::Duration;
use store::StoreError;
use tokio::time::Instant;

/// So many messages are read at a time, and notified of at once.
pub(super) const MESSAGES_MAX: usize = 100;
const BYTES_MAX: usize = 1 << 20;

/// How long a target may take, and how much it may answer; nothing of that is read.
const TIME_MAX: Duration = Duration::from_secs(10);
const RESPONSE_BYTES_MAX: usize = 64 << 10;

/// Between two notifications of a target, so that what belongs together is one.
const PAUSE: Duration = Duration::from_secs(10);

/// The first pause after a failure; it doubles.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// What is older is not news any more, and is given up.
const AGE_MAX_MS: i64 = 86_400_000;

/// The same for the same alerts, so that a receiver can tell a repetition.
const ID_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// RFC 5321, section 4.2.3.
const MAIL_ACCEPTED: u16 = 250;

/// Why a notification was not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Request(#[from] OutgoingError),
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// What is sent to a target next.
struct Next {
    cursor: StoredCursor,
    alerts: Vec<(Alert, Labels)>,
    /// How many were given up since they are too old.
    dropped: usize,
}

impl Notifiers {
    /// Notifies a target of what is after its cursor. Returns when it is to be called again at the latest; none if
    /// there is nothing to do until something happens.
    pub(super) async fn deliver(&self, id: &str, failures: u32) -> (Option<Instant>, u32) {
        let Some((target, cursor)) = self.target(id) else {
            return (None, 0);
        };
        let retry = |failures: u32| {
            let pause = RETRY_FIRST * 2_u32.saturating_pow(failures.min(20));
            (Some(Instant::now() + pause.min(RETRY_MAX)), failures + 1)
        };
        let batch = self.batch(id).unwrap_or(Batch::ALL);
        // What was never tried may be old: there was no server.
        let after_ms = match failures {
            0 => i64::MIN,
            _ => now_ms() - AGE_MAX_MS,
        };
        let next = match self.next(&target, cursor.clone(), batch, after_ms).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "Notifications could not be read from the log.");
                return retry(failures);
            }
        };
        if next.dropped > 0 {
            let why = format!("{} alerts are older than a day", next.dropped);
            self.update(id, |state| state.failed(why, true));
        }
        if next.alerts.is_empty() {
            let is_more = next.cursor.seq != cursor.seq || batch != Batch::ALL;
            self.update(id, |state| state.batch = None);
            self.move_to(id, &cursor, next.cursor).await;
            return match is_more {
                true => (Some(Instant::now()), failures),
                false => (None, 0),
            };
        }
        let count = next.alerts.len();
        let mut alerts = Vec::with_capacity(next.alerts.len());
        for (alert, labels) in next.alerts {
            alerts.push(self.with_evidence(alert, labels).await);
        }
        match self.send(&target, alerts).await {
            Ok(status) if (200..300).contains(&status) => {
                self.update(id, |state| {
                    state.delivered += 1;
                    state.delivered_ms = Some(now_ms());
                    state.batch = batch.accepted(next.cursor.seq);
                });
                self.move_to(id, &cursor, next.cursor).await;
                (Some(Instant::now() + PAUSE), 0)
            }
            failed => {
                let after = match failed {
                    Ok(status) if is_refused(status) => batch.refused(next.cursor.seq, count),
                    _ => Some(batch.failed(next.cursor.seq, count)),
                };
                let is_final = after.is_none();
                let is_smaller = after.is_some_and(|after| after.is_smaller_than(count));
                let why = match failed {
                    Ok(status) => format!("the status of the response is {status}"),
                    Err(error) => error.to_string(),
                };
                tracing::warn!(
                    target = target.name,
                    why,
                    is_final,
                    "A notification failed."
                );
                self.update(id, |state| {
                    state.failed(why, is_final);
                    state.batch = after.or_else(|| batch.accepted(next.cursor.seq));
                });
                if is_final {
                    self.move_to(id, &cursor, next.cursor).await;
                    return (Some(Instant::now()), 0);
                }
                if is_smaller {
                    return (Some(Instant::now() + RETRY_FIRST), failures);
                }
                retry(failures)
            }
        }
    }

    /// Reads what is after the cursor, as far as the batch goes. What happened before a time is given up.
    async fn next(
        &self,
        target: &NewTarget,
        mut cursor: StoredCursor,
        batch: Batch,
        after_ms: i64,
    ) -> Result<Next, StoreError> {
        let alerts = &self.0.alerts;
        let now_ms = now_ms();
        let (mut found, mut dropped) = (Vec::new(), 0);
        // The messages of those that are not firing are all in the log, if everything is committed.
        let gone: Vec<String> = {
            let state = alerts.state();
            let is_gone = |id: &&String| state.open.get(id).is_none();
            match state.uncommitted.is_empty() {
                true => cursor.silenced.iter().filter(is_gone).cloned().collect(),
                false => Vec::new(),
            }
        };
        let access = server_access();
        let store = alerts.0.archive.store();
        let entries = store.after(
            &access,
            cursor.seq,
            &[Stream::Alerts],
            MESSAGES_MAX,
            BYTES_MAX,
        );
        let entries = entries.await?;
        let is_all = entries.is_empty();
        for entry in entries {
            if !batch.has_room(entry.seq, found.len()) {
                break;
            }
            let before_seq = std::mem::replace(&mut cursor.seq, entry.seq);
            let Ok(Durable::Alert(alert)) = Durable::from_json(&entry.body) else {
                continue;
            };
            let is_firing = is_firing(&alert);
            // Its firing was not notified.
            if let Some(id) = &alert.id
                && !is_firing
                && cursor.silenced.remove(id)
            {
                continue;
            }
            let labels = alerts.labels_of(&alert.rule);
            let Some(id) = alert.id.clone().filter(|_| is_for(target, &alert, &labels)) else {
                continue;
            };
            if is_firing && alerts.is_quiet(&alert, now_ms) {
                cursor.silenced.insert(id);
            } else if alert.timestamp.unix_ms() < after_ms && found.is_empty() {
                dropped += 1;
            } else if dropped > 0 {
                // The cursor moves past those first, so that they are given up once.
                cursor.seq = before_seq;
                break;
            } else {
                found.push((alert, labels));
            }
        }
        // Silences and inhibitions that have ended: what is still firing is news now.
        let ended: Vec<Alert> = {
            let state = alerts.state();
            let open = cursor.silenced.iter().filter_map(|id| state.open.get(id));
            let ended = open.filter(|open| {
                let (rule, series) = (&open.alert.rule, &open.series);
                let silence = state.silence_of(rule, series, now_ms);
                silence.is_none() && !state.is_inhibited(rule, series)
            });
            let room = match dropped {
                0 => batch.most().saturating_sub(found.len()),
                _ => 0,
            };
            ended.take(room).map(|open| open.alert.clone()).collect()
        };
        for alert in ended {
            if let Some(id) = &alert.id {
                cursor.silenced.remove(id);
            }
            let labels = alerts.labels_of(&alert.rule);
            found.push((alert, labels));
        }
        if is_all {
            cursor.silenced.retain(|id| !gone.contains(id));
        }
        Ok(Next {
            cursor,
            alerts: found,
            dropped,
        })
    }

    /// Sends a notification. Returns the status of the response.
    pub(super) async fn send(
        &self,
        target: &NewTarget,
        alerts: Vec<WebhookAlert>,
    ) -> Result<u16, SendError> {
        match target.kind {
            TargetKind::Email => Ok(self.mail(target, &alerts).await?),
            _ => Ok(self.post(target, alerts).await?),
        }
    }

    async fn mail(&self, target: &NewTarget, alerts: &[WebhookAlert]) -> Result<u16, MailError> {
        let mailer = self.0.mailer.as_ref().ok_or(MailError::Unreachable)?;
        let to = addresses(target).map_err(|_| MailError::Malformed)?;
        let (subject, text) = email(alerts);
        mailer
            .send(to, &subject, text, &notification_id(alerts))
            .await?;
        Ok(MAIL_ACCEPTED)
    }

    async fn post(
        &self,
        target: &NewTarget,
        alerts: Vec<WebhookAlert>,
    ) -> Result<u16, OutgoingError> {
        let mut to = url(target).map_err(|_| OutgoingError::Malformed)?;
        let id = notification_id(&alerts);
        let path = target.url.split(['?', '#']).next().unwrap_or_default();
        let form = form(target.kind, path.trim_end_matches('/'), alerts);
        let form = form.ok_or(OutgoingError::Malformed)?;
        if form.is_at_root {
            let start = path.find("://").map_or(0, |at| at + 3);
            let end = path
                .trim_end_matches('/')
                .rfind('/')
                .filter(|at| *at > start);
            let root = end.map_or(path, |end| &path[..=end]);
            to = root.parse().map_err(OutgoingError::Target)?;
        }
        let mut request = OutgoingRequest {
            networks: networks(target),
            time_max: TIME_MAX,
            response_bytes_max: RESPONSE_BYTES_MAX,
            ..OutgoingRequest::post(to, Bytes::from(form.body))
        };
        let json = HeaderValue::from_static("application/json");
        request.headers.insert(header::CONTENT_TYPE, json);
        if let Ok(id) = HeaderValue::from_str(&id) {
            request.headers.insert(ID_HEADER, id);
        }
        let response = self.0.outgoing.send(request).await?;
        Ok(response.status.as_u16())
    }

    /// Stores and uses a cursor, unless the target was removed.
    async fn move_to(&self, id: &str, from: &StoredCursor, to: StoredCursor) {
        if *from == to {
            return;
        }
        let stored = self.0.alerts.0.documents.put(Kind::Cursor, id, &to).await;
        if let Err(error) = stored {
            // After a restart it is notified once more, with the same ids.
            tracing::warn!(%error, "The position of a target could not be stored.");
        }
        let is_removed = !self.update(id, |state: &mut State| state.cursor = to);
        if is_removed {
            let _ = self.0.alerts.0.documents.remove(Kind::Cursor, id).await;
        }
    }
}

/// Of the ids and states of its alerts: 64 bits of FNV-1a, as an alert's.
fn notification_id(alerts: &[WebhookAlert]) -> String {
    let hash = alerts.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, it| {
        let id = it.alert.id.as_deref().unwrap_or_default();
        let state = u8::from(is_firing(&it.alert));
        id.bytes().chain([state]).fold(hash, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    });
    format!("{hash:016x}")
}
