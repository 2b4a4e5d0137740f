use super::CheckTarget;
use crate::outgoing::{Networks, Outgoing, OutgoingError, OutgoingRequest};
use ingest::json::Document;
use protocol::{Timestamp, is_disruptive};
use std::time::Duration;

/// How much of a body is searched for the keyword.
const BODY_BYTES_MAX: usize = 1 << 20;

/// How much of what is at a pointer is repeated.
const FOUND_CHARS_MAX: usize = 60;

/// What is expected of a target.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) target: CheckTarget,
    pub(super) time_max: Duration,
    /// Ranges of status codes.
    pub(super) statuses: Vec<(u16, u16)>,
    /// Empty for anything.
    pub(super) keyword: String,
    /// Where the body, which is JSON, must have something, and the keyword.
    pub(super) pointer: Option<String>,
}

/// What a target that is up says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// When its certificate ends.
    pub(super) certificate_end: Option<Timestamp>,
}

/// Why a target is down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProbeError {
    #[error("cannot {0}")]
    Connect(OutgoingError),
    #[error("{0}")]
    Request(OutgoingError),
    #[error("the response has the status {0}")]
    Status(u16),
    #[error("the response does not contain the keyword")]
    Keyword,
    #[error("the response is not JSON, or has more than a MiB")]
    NotJson,
    #[error("the response has no text, number or `true` at `{0}`")]
    Nothing(String),
    #[error("the response has `{found}` at `{pointer}`, without the keyword")]
    Other { pointer: String, found: String },
}

/// So that both read as a sentence.
impl From<OutgoingError> for ProbeError {
    fn from(error: OutgoingError) -> Self {
        match error {
            OutgoingError::Unreachable(_)
            | OutgoingError::Tls(..)
            | OutgoingError::PingForbidden
            | OutgoingError::NoRoute(_) => Self::Connect(error),
            error => Self::Request(error),
        }
    }
}

impl Probe {
    pub(super) async fn run(&self, outgoing: &Outgoing) -> Result<Answer, ProbeError> {
        // The configuration is written by someone who controls this machine anyway.
        let networks = Networks::Private;
        let target = match &self.target {
            CheckTarget::Http(target) => target,
            CheckTarget::Tcp(target) => {
                outgoing.connect(target, networks, self.time_max).await?;
                return Ok(Answer::default());
            }
            CheckTarget::Dns(target) => {
                outgoing.resolve(target, networks, self.time_max).await?;
                return Ok(Answer::default());
            }
            CheckTarget::Ping(target) => {
                outgoing.ping(target, networks, self.time_max).await?;
                return Ok(Answer::default());
            }
        };
        let request = OutgoingRequest {
            networks,
            time_max: self.time_max,
            response_bytes_max: match self.keyword.is_empty() && self.pointer.is_none() {
                true => 0,
                false => BODY_BYTES_MAX,
            },
            cuts_response: true,
            ..OutgoingRequest::get(target.clone())
        };
        let response = outgoing.send(request).await?;
        let status = response.status.as_u16();
        if !self.expects(status) {
            return Err(ProbeError::Status(status));
        }
        match &self.pointer {
            Some(pointer) => self.look_at(pointer, &response.body)?,
            None if contains(&response.body, self.keyword.as_bytes()) => {}
            None => return Err(ProbeError::Keyword),
        }
        Ok(Answer {
            certificate_end: response.certificate_end,
        })
    }

    fn look_at(&self, pointer: &str, body: &[u8]) -> Result<(), ProbeError> {
        let document = Document::parse(body).map_err(|_| ProbeError::NotJson)?;
        let found = document.text(pointer).filter(|it| it != "false");
        let found = found.ok_or_else(|| ProbeError::Nothing(pointer.to_owned()))?;
        match found.contains(&self.keyword) {
            true => Ok(()),
            false => Err(ProbeError::Other {
                pointer: pointer.to_owned(),
                found: found
                    .chars()
                    .filter(|it| !is_disruptive(*it))
                    .take(FOUND_CHARS_MAX)
                    .collect(),
            }),
        }
    }

    fn expects(&self, status: u16) -> bool {
        match self.statuses.as_slice() {
            [] => (200..300).contains(&status),
            ranges => ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&status)),
        }
    }
}

fn contains(body: &[u8], keyword: &[u8]) -> bool {
    keyword.is_empty() || body.windows(keyword.len()).any(|window| window == keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_found_anywhere() {
        for (body, keyword, expected) in [
            ("", "", true),
            ("all is ok", "ok", true),
            ("ok", "ok", true),
            ("o", "ok", false),
            ("OK", "ok", false),
            ("grün", "ün", true),
        ] {
            let found = contains(body.as_bytes(), keyword.as_bytes());
            assert_eq!(found, expected, "{body:?} {keyword:?}");
        }
    }
}
