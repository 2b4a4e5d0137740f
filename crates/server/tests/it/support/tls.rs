use super::soon;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A certificate in two files.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    der: CertificateDer<'static>,
    name: &'static str,
}

impl Certificate {
    /// Makes one; an earlier one in the directory is replaced.
    pub(crate) fn make(directory: &Path) -> Self {
        Self::make_for("localhost", directory)
    }

    /// The same for another name.
    pub(crate) fn make_for(name: &'static str, directory: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let made = params.self_signed(&key).unwrap();
        let paths = ["server.crt", "server.key"].map(|name| directory.join(name));
        let [certificate, key_path] = paths;
        // Each at once, as programs that renew certificates do.
        for (path, content) in [(&key_path, key.serialize_pem()), (&certificate, made.pem())] {
            let partial = path.with_extension("new");
            std::fs::write(&partial, content).unwrap();
            std::fs::rename(&partial, path).unwrap();
        }
        Self {
            certificate,
            key: key_path,
            der: made.der().clone(),
            name,
        }
    }

    /// The names of its files, for settings.
    pub(crate) fn paths(&self) -> [String; 2] {
        [&self.certificate, &self.key].map(|path| path.to_str().unwrap().to_owned())
    }
}

/// Connects as a client that trusts only this certificate; an error if the server has another.
pub(crate) async fn connect_tls(
    address: SocketAddr,
    trusted: &Certificate,
) -> std::io::Result<TlsStream<TcpStream>> {
    let connecting = TcpStream::connect(address);
    let socket = soon("a connection", connecting).await.unwrap();
    connect_tls_with(socket, trusted, rustls::ALL_VERSIONS).await
}

/// The same over a socket, with one of these versions of the protocol.
pub(crate) async fn connect_tls_with(
    socket: TcpStream,
    trusted: &Certificate,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    connect_tls_offering(socket, trusted, versions, &[b"http/1.1"]).await
}

/// The same, offering these protocols over it (RFC 7301).
pub(crate) async fn connect_tls_offering(
    socket: TcpStream,
    trusted: &Certificate,
    versions: &[&'static SupportedProtocolVersion],
    offered: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|it| it.to_vec()).collect();
    let name = ServerName::try_from(trusted.name).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    soon("a handshake", connector.connect(name, socket)).await
}

/// A socket that is soon full.
pub(crate) async fn small_socket(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    soon("a connection", socket.connect(address)).await.unwrap()
}
