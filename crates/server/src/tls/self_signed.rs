//! A certificate that the server makes for itself, so that a connection is encrypted before anybody has set up
//! certificates. Browsers warn about it; its fingerprint in the log shows that it is the right one.

use super::certificate::{CertificateError, read_pair};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::verify_server_name;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::ServerName;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::{Duration, SystemTime};

const CERTIFICATE: &str = "self-signed.crt";
const KEY: &str = "self-signed.key";

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The longest that all clients accept, even for a certificate that was added by hand.
const VALID: Duration = Duration::from_secs(825 * 24 * 3_600);

/// One that is older is replaced at a start, so that it does not expire before the next.
const AGE_MAX: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The stored certificate, or a new one if that is old or not valid for the present names.
pub(super) fn load(
    directory: Option<&Path>,
    listen: IpAddr,
) -> Result<CertifiedKey, CertificateError> {
    let names = names(listen);
    let Some(directory) = directory else {
        let (_, key, certificate) = make(&names)?;
        return certified(&key, &certificate);
    };
    let (certificate_path, key_path) = (directory.join(CERTIFICATE), directory.join(KEY));
    if let Ok(stored) = read_pair(&certificate_path, &key_path)
        && is_young(&certificate_path)
        && names.iter().all(|name| is_valid_for(&stored, name))
    {
        return Ok(stored);
    }
    let (pem, key, certificate) = make(&names)?;
    store(&key_path, key.serialize_pem().as_bytes())?;
    store(&certificate_path, pem.as_bytes())?;
    certified(&key, &certificate)
}

/// `localhost` and loopback, the hostname, and the address that is listened on.
fn names(listen: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    names.extend(hostname().filter(|name| name != "localhost"));
    let mut addresses = vec![
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    if !listen.is_unspecified() && !addresses.contains(&listen) {
        addresses.push(listen);
    }
    names.extend(addresses.iter().map(IpAddr::to_string));
    names
}

/// `None` for one that no certificate can have.
fn hostname() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?.to_ascii_lowercase();
    let is_dns_name = matches!(
        ServerName::try_from(name.as_str()),
        Ok(ServerName::DnsName(_))
    );
    is_dns_name.then_some(name)
}

fn make(names: &[String]) -> Result<(String, KeyPair, rcgen::Certificate), CertificateError> {
    let mut params = CertificateParams::new(names)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "Watchroom, self-signed");
    params.distinguished_name = subject;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    // Clients whose clocks are a little behind accept it, too.
    params.not_before = (now - DAY).into();
    params.not_after = (now - DAY + VALID).into();
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key, certificate))
}

fn certified(
    key: &KeyPair,
    certificate: &rcgen::Certificate,
) -> Result<CertifiedKey, CertificateError> {
    let private = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let chain = vec![certificate.der().clone()];
    CertifiedKey::from_der(chain, private, &default_provider()).map_err(|source| {
        CertificateError::Unusable {
            certificate: CERTIFICATE.into(),
            key: KEY.into(),
            source,
        }
    })
}

fn is_young(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = modified.map(|at| SystemTime::now().duration_since(at));
    // One from the future is as good as new: the clock was set back.
    age.is_ok_and(|age| age.unwrap_or_default() < AGE_MAX)
}

fn is_valid_for(certificate: &CertifiedKey, name: &str) -> bool {
    let Ok(parsed) = certificate
        .end_entity_cert()
        .and_then(ParsedCertificate::try_from)
    else {
        return false;
    };
    let name = ServerName::try_from(name);
    name.is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
}

/// Writes a file that only its owner can read, completely or not at all.
fn store(path: &Path, content: &[u8]) -> Result<(), CertificateError> {
    let partial = path.with_extension("partial");
    let written = || -> io::Result<()> {
        let _ = fs::remove_file(&partial);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    written().map_err(|source| CertificateError::NotStored {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::certificate::fingerprint;

    #[test]
    fn it_is_made_once_for_its_names_and_its_key_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let load = |listen: &str| load(Some(directory.path()), listen.parse().unwrap()).unwrap();
        let first = load("127.0.0.1");
        assert_eq!(fingerprint(&first), fingerprint(&load("0.0.0.0")), "kept");
        let moved = load("192.0.2.7");
        assert_ne!(fingerprint(&first), fingerprint(&moved), "a new address");
        for name in ["localhost", "127.0.0.1", "::1", "192.0.2.7"] {
            assert!(is_valid_for(&moved, name), "{name}");
        }
        assert!(!is_valid_for(&moved, "192.0.2.8"));
        assert_eq!(fingerprint(&moved).len(), 32 * 3 - 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let key = fs::metadata(directory.path().join(KEY)).unwrap();
            assert_eq!(key.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_one_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
        load(Some(directory.path()), localhost).unwrap();
        fs::write(directory.path().join(KEY), "nothing").unwrap();
        load(Some(directory.path()), localhost).unwrap();
        read_pair(
            &directory.path().join(CERTIFICATE),
            &directory.path().join(KEY),
        )
        .unwrap();
    }
}
