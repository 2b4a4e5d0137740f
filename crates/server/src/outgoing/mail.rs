use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;
use tokio::time::timeout;

/// How long a message may take, from connecting to the last reply.
const TIME_MAX: Duration = Duration::from_secs(20);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Sends e-mail through the configured server, which is trusted as the configuration is: it may be in any network.
#[derive(Debug, Clone)]
pub(crate) struct Mailer {
    transport: Transport,
    from: Mailbox,
}

/// Why a message was not accepted. No text of the server is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MailError {
    /// The server answers with an error (RFC 5321, section 4.2).
    #[error("the mail server answers with the status {0}")]
    Refused(u16),
    /// It does not answer in time.
    #[error("the mail server took more than {} s", TIME_MAX.as_secs())]
    TooSlow,
    /// There is no connection, or TLS fails.
    #[error("the mail server cannot be reached, or does not speak SMTP with TLS as configured")]
    Unreachable,
    /// The message cannot be written.
    #[error("the message cannot be written")]
    Malformed,
}

impl Mailer {
    /// Whether a text is the URL of a server. A password is only sent over TLS.
    pub(crate) fn is_url(text: &str) -> bool {
        let is_encrypted = text.starts_with("smtps://") || text.contains("tls=required");
        let has_password = text.contains('@');
        (is_encrypted || !has_password) && Transport::from_url(text).is_ok()
    }

    /// By a server's URL and the sender's address; none if one of them is not accepted.
    pub(crate) fn new(url: &str, from: &str) -> Option<Self> {
        let transport = Transport::from_url(url).ok()?;
        Some(Self {
            transport: transport.timeout(Some(TIME_MAX)).build(),
            from: from.parse().ok()?,
        })
    }

    /// Sends a text. The same `id` marks a repetition.
    pub(crate) async fn send(
        &self,
        to: Mailboxes,
        subject: &str,
        text: String,
        id: &str,
    ) -> Result<(), MailError> {
        let domain = self.from.email.domain();
        // RFC 3834: nothing that answers by itself should answer this.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .message_id(Some(format!("<{id}@{domain}>")))
            .raw_header(HeaderValue::new(automatic, "auto-generated".into()));
        for mailbox in to {
            message = message.to(mailbox);
        }
        let message = message.body(text).map_err(|_| MailError::Malformed)?;
        match timeout(TIME_MAX, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match error.status() {
                Some(code) => MailError::Refused(code.into()),
                None => MailError::Unreachable,
            }),
            Err(_) => Err(MailError::TooSlow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_only_sent_over_tls() {
        for url in [
            "smtps://anna:secret@mail.example.org",
            "smtp://anna:secret@mail.example.org:587?tls=required",
            "smtp://127.0.0.1:2525",
        ] {
            assert!(Mailer::is_url(url), "{url}");
        }
        for url in [
            "smtp://anna:secret@mail.example.org",
            "http://mail.example.org",
            "mail.example.org",
        ] {
            assert!(!Mailer::is_url(url), "{url}");
        }
    }
}
