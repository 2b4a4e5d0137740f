use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Of a random secret: more than anybody can guess, so that a plain hash is enough to store it.
const RANDOM_BYTES: usize = 32;

/// A text that must not be shown: a password, a token, a key. It cannot be printed, logged, serialised or compared,
/// and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text, without a copy of it.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// `prefix` and 32 random bytes in base64url without padding (RFC 4648, section 5): 43 characters.
    ///
    /// # Panics
    ///
    /// If the operating system has no random numbers.
    pub fn random(prefix: &str) -> Self {
        let bytes = Zeroizing::new(random_bytes::<RANDOM_BYTES>());
        // Reserved beforehand: a text that grows leaves copies of itself behind.
        let length = prefix.len() + BASE64URL_NOPAD.encode_len(RANDOM_BYTES);
        let mut text = String::with_capacity(length);
        text.push_str(prefix);
        BASE64URL_NOPAD.encode_append(&*bytes, &mut text);
        Self::new(text)
    }

    /// The text, for what has to send or check it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// By which a random secret is stored and found again.
    pub fn digest(&self) -> Digest {
        Digest::of(self.expose())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The SHA-256 of a secret. How long a comparison of two takes tells nothing about the secrets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

/// The bytes are no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 32 bytes, and this has {0}")]
pub struct InvalidDigest(pub usize);

impl Digest {
    /// Of a text whose characters the sender chose, so it may be of any length.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// As it is stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = InvalidDigest;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidDigest> {
        let bytes = bytes.try_into().map_err(|_| InvalidDigest(bytes.len()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(…)")
    }
}

/// From the operating system. Without any, nothing that depends on secrets may go on.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_secret_has_its_prefix_and_is_another_one_each_time() {
        let [one, other] = [Secret::random("wr_"), Secret::random("wr_")];
        for secret in [&one, &other] {
            let rest = secret.expose().strip_prefix("wr_").unwrap();
            assert_eq!(
                BASE64URL_NOPAD.decode(rest.as_bytes()).unwrap().len(),
                RANDOM_BYTES
            );
        }
        assert_ne!(one.digest(), other.digest());
        assert_eq!(one.digest(), Secret::new(one.expose().to_owned()).digest());
    }

    #[test]
    fn neither_a_secret_nor_its_digest_is_shown() {
        let secret = Secret::new("hunter22".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(format!("{:?}", secret.digest()), "Digest(…)");
    }

    #[test]
    fn a_digest_is_the_sha_256() {
        // FIPS 180-2, appendix B.1.
        let expected = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
            0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
            0xf2, 0x00, 0x15, 0xad,
        ];
        let digest = Secret::new("abc".to_owned()).digest();
        assert_eq!(*digest.as_bytes(), expected);
        assert_eq!(Digest::try_from(&expected[..]), Ok(digest));
        assert_eq!(Digest::try_from(&expected[1..]), Err(InvalidDigest(31)));
    }
}
