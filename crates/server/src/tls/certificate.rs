use super::self_signed;
use ring::digest::{SHA256, digest};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::fmt::Write;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The longest file of a certificate or a key.
const PEM_BYTES_MAX: u64 = 1 << 20;

/// Where the server's certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateSource {
    /// Two PEM files, which somebody else renews.
    Files {
        /// The certificate and its intermediate certificates.
        certificate: PathBuf,
        /// The certificate's private key.
        key: PathBuf,
    },
    /// Made by the server.
    SelfSigned {
        /// Where it is stored; `None` for one that lasts until the server stops.
        directory: Option<PathBuf>,
        /// The address that it is valid for, beside `localhost` and the hostname.
        listen: IpAddr,
    },
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is too long to be what it should be.
    #[error("read `{path}`: it has more than {PEM_BYTES_MAX} bytes")]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A file has no certificate.
    #[error(
        "read `{path}`: it has no certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`"
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file has no key.
    #[error(
        "read `{path}`: it has no private key in PEM without a password, which begins with `-----BEGIN PRIVATE KEY-----`"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The certificate and the key cannot be used together.
    #[error("use the certificate of `{certificate}` with the key of `{key}`: {source}")]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// No certificate can be made.
    #[error("make a certificate: {0}")]
    NotMade(#[from] rcgen::Error),
    /// The certificate that was made cannot be stored.
    #[error("write `{path}`: {source}")]
    NotStored {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl CertificateSource {
    /// Reads the certificate, or makes it.
    pub(super) fn load(&self) -> Result<CertifiedKey, CertificateError> {
        match self {
            Self::Files { certificate, key } => read_pair(certificate, key),
            Self::SelfSigned { directory, listen } => {
                self_signed::load(directory.as_deref(), *listen)
            }
        }
    }

    /// What shows that files have changed, without reading them.
    pub(super) fn version(&self) -> Vec<Option<FileVersion>> {
        match self {
            Self::Files { certificate, key } => {
                [certificate, key].map(|path| FileVersion::of(path)).into()
            }
            Self::SelfSigned { .. } => Vec::new(),
        }
    }
}

/// Whether a file is the same as before. A renewal may replace the file that a symbolic link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileVersion {
    modified: Option<std::time::SystemTime>,
    bytes: u64,
    #[cfg(unix)]
    inode: u64,
}

impl FileVersion {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            bytes: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
        })
    }
}

/// Reads a certificate with its key, and checks that they belong together.
pub(super) fn read_pair(certificate: &Path, key: &Path) -> Result<CertifiedKey, CertificateError> {
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?).collect::<Result<Vec<_>, _>>();
    let no_certificate = || CertificateError::NoCertificate {
        path: certificate.to_owned(),
    };
    let chain = chain.map_err(|_| no_certificate())?;
    if chain.is_empty() {
        return Err(no_certificate());
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?);
    let private = private.map_err(|_| CertificateError::NoKey {
        path: key.to_owned(),
    })?;
    CertifiedKey::from_der(chain, private, &default_provider()).map_err(|source| {
        CertificateError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    let unreadable = |source| CertificateError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.len() > PEM_BYTES_MAX {
        return Err(CertificateError::TooLong {
            path: path.to_owned(),
        });
    }
    fs::read(path).map_err(unreadable)
}

/// The SHA-256 fingerprint of a certificate, as browsers show it.
pub(super) fn fingerprint(certificate: &CertifiedKey) -> String {
    let Some(first) = certificate.cert.first() else {
        return String::new();
    };
    let mut text = String::new();
    for byte in digest(&SHA256, first).as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{byte:02X}", if text.is_empty() { "" } else { ":" });
    }
    text
}
