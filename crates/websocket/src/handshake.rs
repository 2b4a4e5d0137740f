//! The opening handshake's rules (RFC 6455 sections 4.1 and 4.2), on header values alone.
//!
//! Method, path and `Origin` are the server's business: they depend on its routes and its policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The only version there is; the answer to any other must name it (RFC 6455 section 4.4).
pub const VERSION: &str = "13";

/// Proves that the answer comes from a WebSocket server and not from a cache (RFC 6455 section
/// 1.3).
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A client's nonce, before base64.
const KEY_BYTES: usize = 16;

/// The header values that make a request an upgrade: `None` where the header is absent, joined with
/// commas where it came several times.
#[derive(Debug, Clone, Copy)]
pub struct UpgradeRequest<'a> {
    /// `Connection`, a list that must contain `upgrade`.
    pub connection: Option<&'a str>,
    /// `Upgrade`, a list that must contain `websocket`.
    pub upgrade: Option<&'a str>,
    /// `Sec-WebSocket-Version`, which must be [`VERSION`].
    pub version: Option<&'a str>,
    /// `Sec-WebSocket-Key`, 16 bytes in base64.
    pub key: Option<&'a str>,
}

/// Why a request cannot become a WebSocket connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// An ordinary request: answer 426 with `Upgrade: websocket`.
    #[error("upgrade: `Connection: Upgrade` and `Upgrade: websocket` are required")]
    NotAnUpgrade,
    /// Answer 426 with `Sec-WebSocket-Version: 13`.
    #[error("upgrade: `Sec-WebSocket-Version` must be {VERSION}")]
    Version,
    /// Answer 400.
    #[error("upgrade: `Sec-WebSocket-Key` must be {KEY_BYTES} bytes in base64")]
    Key,
}

impl UpgradeRequest<'_> {
    /// Checks the request, and gives the value of `Sec-WebSocket-Accept` to answer with.
    pub fn accept(&self) -> Result<String, UpgradeError> {
        if !lists(self.connection, "upgrade") || !lists(self.upgrade, "websocket") {
            return Err(UpgradeError::NotAnUpgrade);
        }
        if self.version.map(str::trim) != Some(VERSION) {
            return Err(UpgradeError::Version);
        }
        let key = self.key.map(str::trim).unwrap_or_default();
        match STANDARD.decode(key) {
            Ok(nonce) if nonce.len() == KEY_BYTES => Ok(accept_key(key)),
            _ => Err(UpgradeError::Key),
        }
    }
}

/// The value of `Sec-WebSocket-Accept` for one of `Sec-WebSocket-Key` (RFC 6455 section 4.2.2).
pub fn accept_key(sec_websocket_key: &str) -> String {
    let digest = Sha1::new()
        .chain_update(sec_websocket_key)
        .chain_update(KEY_SUFFIX)
        .finalize();
    STANDARD.encode(digest)
}

fn lists(header: Option<&str>, token: &str) -> bool {
    header
        .unwrap_or_default()
        .split(',')
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: UpgradeRequest<'static> = UpgradeRequest {
        connection: Some("Upgrade"),
        upgrade: Some("websocket"),
        version: Some("13"),
        key: Some("dGhlIHNhbXBsZSBub25jZQ=="),
    };

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(
            accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn upgrades() {
        fn check(request: UpgradeRequest<'_>, expected: Result<(), UpgradeError>) {
            assert_eq!(request.accept().map(|_| ()), expected, "{request:?}");
        }

        check(GOOD, Ok(()));
        let connection = Some("keep-alive, Upgrade");
        check(UpgradeRequest { connection, ..GOOD }, Ok(()));
        let upgrade = Some("WebSocket");
        check(UpgradeRequest { upgrade, ..GOOD }, Ok(()));

        for connection in [None, Some(""), Some("close"), Some("upgraded")] {
            let request = UpgradeRequest { connection, ..GOOD };
            check(request, Err(UpgradeError::NotAnUpgrade));
        }
        for upgrade in [None, Some("h2c")] {
            let request = UpgradeRequest { upgrade, ..GOOD };
            check(request, Err(UpgradeError::NotAnUpgrade));
        }
        for version in [None, Some("8"), Some("13, 8"), Some("+13")] {
            let request = UpgradeRequest { version, ..GOOD };
            check(request, Err(UpgradeError::Version));
        }
        let short = Some("c2hvcnQ=");
        let unpadded = Some("dGhlIHNhbXBsZSBub25jZQ");
        for key in [None, Some(""), Some("not base64!"), short, unpadded] {
            check(UpgradeRequest { key, ..GOOD }, Err(UpgradeError::Key));
        }
    }
}
