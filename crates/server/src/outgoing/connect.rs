use super::own_listener::is_own_listener;
use super::{Networks, OutgoingError, Target};
use protocol::Timestamp;
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The most addresses of a name that are tried.
const ADDRESSES_MAX: usize = 8;

/// A connection, encrypted or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {
    /// When the certificate of the other side ends.
    fn certificate_end(&self) -> Option<Timestamp>;
}

impl Wire for TcpStream {
    fn certificate_end(&self) -> Option<Timestamp> {
        None
    }
}

impl Wire for TlsStream<TcpStream> {
    fn certificate_end(&self) -> Option<Timestamp> {
        let (_, session) = self.get_ref();
        let own = session.peer_certificates()?.first()?;
        let (_, certificate) = x509_parser::parse_x509_certificate(own).ok()?;
        let end = certificate.validity().not_after.timestamp();
        Some(Timestamp::from_unix_ms(end.saturating_mul(1_000)))
    }
}

/// The addresses of a target, all of which may be connected to. If one may not, none is: a name with an address inside
/// and one outside is how a check is evaded.
///
/// The permit is returned. A lookup goes on after its request has ended, since the system's cannot be cancelled, and
/// it keeps the permit until it ends: so there are never more lookups than permits.
pub(super) async fn resolve(
    target: &Target,
    networks: Networks,
    own: SocketAddr,
    permit: OwnedSemaphorePermit,
) -> Result<(Vec<SocketAddr>, OwnedSemaphorePermit), OutgoingError> {
    let unresolved = || OutgoingError::Unresolved(target.host().to_owned());
    let (host, port) = (target.host().to_owned(), target.port());
    let lookup = tokio::spawn(async move {
        let found = lookup_host((host, port)).await;
        (found.map(Vec::from_iter), permit)
    });
    let (found, permit) = lookup.await.map_err(|_| unresolved())?;
    let addresses = found.map_err(|_| unresolved())?;
    if addresses.is_empty() {
        return Err(unresolved());
    }
    for address in &addresses {
        if !networks.allow(address.ip()) {
            return Err(OutgoingError::ForbiddenAddress {
                host: target.host().to_owned(),
                address: address.ip(),
            });
        }
        if is_own_listener(*address, own) {
            return Err(OutgoingError::OwnListener);
        }
    }
    Ok((addresses, permit))
}

/// Connects to the first of the addresses that accepts.
pub(super) async fn connect(
    target: &Target,
    addresses: &[SocketAddr],
    tls: Option<Arc<ClientConfig>>,
) -> Result<Box<dyn Wire>, OutgoingError> {
    let mut connected = None;
    for address in addresses.iter().take(ADDRESSES_MAX) {
        if let Ok(socket) = TcpStream::connect(address).await {
            connected = Some(socket);
            break;
        }
    }
    let Some(socket) = connected else {
        return Err(OutgoingError::Unreachable(target.instance()));
    };
    let _ = socket.set_nodelay(true);
    let Some(tls) = tls else {
        return Ok(Box::new(socket));
    };
    let failed = |why: String| OutgoingError::Tls(target.host().to_owned(), why);
    let name = target.server_name();
    let name = name.ok_or_else(|| failed("the name is not one of a certificate".into()))?;
    let connecting = TlsConnector::from(tls).connect(name, socket).await;
    Ok(Box::new(
        connecting.map_err(|error| failed(error.to_string()))?,
    ))
}

/// The settings of TLS, with the authorities that this system trusts.
pub(super) fn tls_config() -> Option<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    (!roots.is_empty()).then(|| trusting(roots))
}

/// The settings of TLS with these authorities.
pub(super) fn trusting(roots: RootCertStore) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .expect("the provider has cipher suites for both versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
