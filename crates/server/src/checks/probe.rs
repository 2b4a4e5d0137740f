use super::CheckTarget;
use crate::outgoing::{Networks, Outgoing, OutgoingError, OutgoingRequest};
use protocol::Timestamp;
use std::time::Duration;

/// How much of a body is searched for the keyword.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What is expected of a target.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) target: CheckTarget,
    pub(super) time_max: Duration,
    /// Ranges of status codes.
    pub(super) statuses: Vec<(u16, u16)>,
    /// Empty for anything.
    pub(super) keyword: String,
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
}

/// So that both read as a sentence.
impl From<OutgoingError> for ProbeError {
    fn from(error: OutgoingError) -> Self {
        match error {
            OutgoingError::Unreachable(_) | OutgoingError::Tls(..) => Self::Connect(error),
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
        };
        let request = OutgoingRequest {
            networks,
            time_max: self.time_max,
            response_bytes_max: match self.keyword.is_empty() {
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
        if !contains(&response.body, self.keyword.as_bytes()) {
            return Err(ProbeError::Keyword);
        }
        Ok(Answer {
            certificate_end: response.certificate_end,
        })
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
