use super::certificate::{CertificateError, CertificateSource, FileVersion, fingerprint};
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The time between two checks whether the files have changed.
const CHECK_EVERY: Duration = Duration::from_secs(3);

/// What clients are offered, by preference (RFC 7301). Browsers ask for HTTP/1.1 alone where they open a WebSocket.
const ALPN: [&[u8]; 2] = [HTTP_2, HTTP_1];

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Whether the client has chosen HTTP/2.
pub(crate) fn is_http2(session: &ServerConnection) -> bool {
    session.alpn_protocol() == Some(HTTP_2)
}

/// The server's certificate, and what is needed to accept connections with it. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    http_1_acceptor: TlsAcceptor,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    source: CertificateSource,
    /// Of handshakes from now on; connections have theirs.
    current: RwLock<Arc<CertifiedKey>>,
    /// What was last read, usable or not, so that a problem is logged once.
    seen: Mutex<Vec<Option<FileVersion>>>,
}

impl Tls {
    /// Reads the certificate, or makes it.
    pub(crate) fn new(source: CertificateSource) -> Result<Self, CertificateError> {
        let seen = source.version();
        let certificate = source.load()?;
        log_use(&source, &certificate);
        let shared = Arc::new(Shared {
            source,
            current: RwLock::new(Arc::new(certificate)),
            seen: Mutex::new(seen),
        });
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        // TLS 1.2 and 1.3, all of whose cipher suites in rustls have forward secrecy.
        let builder = builder
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .expect("the provider has cipher suites for both versions");
        let mut config = builder
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shared) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = ALPN.map(<[u8]>::to_vec).into();
        let mut http_1 = config.clone();
        http_1.alpn_protocols = vec![HTTP_1.to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            http_1_acceptor: TlsAcceptor::from(Arc::new(http_1)),
            shared,
        })
    }

    /// What accepts connections of one client, or of a proxy, which may have many clients in one and speaks HTTP/1.1: in
    /// HTTP/2 a client's errors count for the whole connection, until it is closed.
    pub(crate) fn acceptor(&self, is_of_proxy: bool) -> &TlsAcceptor {
        match is_of_proxy {
            true => &self.http_1_acceptor,
            false => &self.acceptor,
        }
    }

    /// Whether the server made the certificate itself.
    pub(crate) fn is_self_signed(&self) -> bool {
        matches!(self.shared.source, CertificateSource::SelfSigned { .. })
    }

    /// Reads the certificate again. If it cannot be used, the one before stays in use, and the log says why.
    pub(crate) fn reload(&self) {
        let shared = &self.shared;
        *shared.seen.lock().unwrap_or_else(PoisonError::into_inner) = shared.source.version();
        match shared.source.load() {
            Ok(certificate) => {
                if fingerprint(&certificate) != fingerprint(&shared.current()) {
                    log_use(&shared.source, &certificate);
                }
                let mut current = shared
                    .current
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(certificate);
            }
            Err(error) => tracing::error!(
                %error,
                "The new certificate cannot be used; the one before stays in use."
            ),
        }
    }

    /// Reads the files whenever they have changed, until the server stops.
    pub(crate) async fn renew(self, mut stop: watch::Receiver<bool>) {
        let mut check = tokio::time::interval(CHECK_EVERY);
        check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            tokio::select! {
                _ = check.tick() => {}
                _ = stop.changed() => return,
            }
            let tls = self.clone();
            // The files may be on a disk that hangs.
            let checked = tokio::task::spawn_blocking(move || {
                if tls.has_changed() {
                    tls.reload();
                }
            });
            tokio::select! {
                _ = checked => {}
                _ = stop.changed() => return,
            }
        }
    }

    fn has_changed(&self) -> bool {
        let version = self.shared.source.version();
        *self
            .shared
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            != version
    }
}

impl Shared {
    fn current(&self) -> Arc<CertifiedKey> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }
}

impl ResolvesServerCert for Shared {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn log_use(source: &CertificateSource, certificate: &CertifiedKey) {
    let fingerprint = fingerprint(certificate);
    match source {
        CertificateSource::Files { certificate, .. } => tracing::info!(
            file = %certificate.display(),
            fingerprint,
            "A certificate is in use."
        ),
        CertificateSource::SelfSigned { .. } => tracing::info!(
            fingerprint,
            "A self-signed certificate is in use. Browsers warn about it; compare its SHA-256 fingerprint."
        ),
    }
}
