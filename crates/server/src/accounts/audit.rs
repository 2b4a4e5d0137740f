use super::AccountError;
use super::directory::AUDIT_CHANNEL;
use crate::intake::WeakAppender;
use protocol::{ChannelName, Durable, Event, Level, Timestamp};

/// Appends an entry to the audit log, a channel of `events`.
pub(super) async fn append(
    intake: &WeakAppender,
    level: Level,
    message: String,
) -> Result<(), AccountError> {
    let event = Event {
        timestamp: Timestamp::now(),
        level,
        source: "audit".into(),
        message,
    };
    let channel = ChannelName::new(AUDIT_CHANNEL).expect("the constant is a valid name");
    Ok(intake
        .commit_in(channel, vec![Durable::Event(event)])
        .await?)
}
