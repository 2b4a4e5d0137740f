//! PostgreSQL over TLS.

use crate::support::postgres::Server;
use rcgen::{CertificateParams, KeyPair};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use store::{Config, Location};

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// A certificate for 127.0.0.1 and its key, as PEM.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// Whether a store opens at this address.
async fn opens(url: String) -> Result<(), String> {
    let config = Config::of(Location::Postgres(url));
    let opened = store::open(&config).await;
    opened.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn only_the_expected_server_is_accepted() {
    let (certificate, key) = certificate();
    let (other, _) = self::certificate();
    let directory = tempfile::tempdir().unwrap();
    let root = |name: &str, pem: &str| -> String {
        let path = directory.path().join(name);
        std::fs::write(&path, pem).unwrap();
        let path: &Path = &path;
        path.display().to_string()
    };
    let (trusted, untrusted) = (root("trusted.pem", &certificate), root("other.pem", &other));
    let server = Server::own_with_tls(free_port(), &certificate, &key).await;
    let database = server.new_database().await;
    let url = database.tcp_url();
    opens(format!("{url}?sslmode=require")).await.unwrap();
    opens(format!("{url}?sslmode=verify-full&sslrootcert={trusted}"))
        .await
        .unwrap();
    for refused in [
        format!("{url}?sslmode=verify-full&sslrootcert={untrusted}"),
        format!("{url}?sslmode=verify-full"),
        format!(
            "{}?sslmode=verify-full&sslrootcert={trusted}",
            url.replace("127.0.0.1", "localhost")
        ),
    ] {
        let error = opens(refused.clone()).await.expect_err(&refused);
        assert!(error.contains("certificate"), "{refused}: {error}");
    }
}
