use crate::secret::random_bytes;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use std::fmt;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// As long as the hash (RFC 4226, section 4, R6).
const SECRET_BYTES: usize = 20;

/// How long a code is shown, and how many codes before and after the current one are accepted: clocks differ, and typing
/// takes a while (RFC 6238, section 5.2).
const STEP_S: u64 = 30;
const TOLERANCE_STEPS: u64 = 1;

const DIGITS: usize = 6;

/// The secret that a user's authenticator shares with the server. Its codes are those of RFC 6238 with SHA-1, six digits
/// and 30 seconds: the only ones that all authenticators know.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    /// A new one.
    ///
    /// # Panics
    ///
    /// If the operating system has no random numbers.
    pub fn random() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// As it was stored; absent if it does not have 20 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// To be stored.
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// To be typed: 32 characters.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&*self.0)
    }

    /// What a QR code contains. Authenticators show the issuer and the user's name.
    /// <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>
    pub fn uri(&self, issuer: &str, name: &str) -> String {
        let [issuer, name] =
            [issuer, name].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
        let secret = self.base32();
        format!(
            "otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}\
             &algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
        )
    }

    /// The step of the code, if it is one of those that are accepted now. It is to be stored, and given as `last_step`
    /// the next time: a code counts once, and none that is older counts after it.
    pub fn verify(&self, code: &str, now_s: u64, last_step: Option<u64>) -> Option<u64> {
        // Authenticators show codes in two groups.
        let code: String = code.chars().filter(|it| !it.is_whitespace()).collect();
        let now = now_s / STEP_S;
        let steps = now.saturating_sub(TOLERANCE_STEPS)..=now.saturating_add(TOLERANCE_STEPS);
        // All are compared, so that the time that it takes tells nothing.
        steps.fold(None, |found, step| {
            let is_equal = bool::from(self.code(step).as_bytes().ct_eq(code.as_bytes()));
            let is_new = last_step.is_none_or(|last| step > last);
            found.or((is_equal && is_new).then_some(step))
        })
    }

    /// The code that an authenticator shows in the step, of 30 s since the Unix epoch: HOTP (RFC 4226, section 5.3).
    pub fn code(&self, step: u64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&*self.0).expect("HMAC has keys of any length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[hash.len() - 1] & 0xf);
        let number = hash[offset..offset + 4]
            .iter()
            .fold(0, |number, &byte| number << 8 | u32::from(byte));
        let number = (number & 0x7fff_ffff) % 10_u32.pow(DIGITS as u32);
        format!("{number:0DIGITS$}")
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    /// RFC 6238, appendix B, whose codes have eight digits: six are the last of them.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (now_s, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = now_s / STEP_S;
            assert_eq!(secret().code(step), code[2..], "{now_s}");
            assert_eq!(secret().verify(&code[2..], now_s, None), Some(step));
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_or_late() {
        let code = secret().code(100);
        for (step, expected) in [
            (98, None),
            (99, Some(100)),
            (100, Some(100)),
            (101, Some(100)),
            (102, None),
        ] {
            assert_eq!(
                secret().verify(&code, step * STEP_S, None),
                expected,
                "{step}"
            );
        }
        let in_groups = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(secret().verify(&in_groups, 100 * STEP_S, None), Some(100));
        assert!(secret().verify(&secret().code(0), 0, None).is_some());
    }

    #[test]
    fn a_code_counts_once_and_no_older_one_after_it() {
        let now_s = 100 * STEP_S;
        let verify = |step, last| secret().verify(&secret().code(step), now_s, Some(last));
        assert_eq!(verify(100, 100), None);
        assert_eq!(verify(99, 100), None);
        assert_eq!(verify(101, 100), Some(101));
        assert_eq!(verify(100, 99), Some(100));
    }

    #[test]
    fn other_texts_are_no_codes() {
        let code = secret().code(100);
        let longer = format!("{code}0");
        for other in ["", "000000", &code[1..], &longer, "abcdef", "１２３４５６"] {
            assert_eq!(
                secret().verify(other, 100 * STEP_S, None),
                None,
                "{other:?}"
            );
        }
    }

    #[test]
    fn an_authenticator_can_read_the_secret() {
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret().uri("Watchroom (web 1)", "anna@example.org"),
            "otpauth://totp/Watchroom%20%28web%201%29:anna%40example%2Eorg\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Watchroom%20%28web%201%29\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn it_is_stored_as_it_is_and_not_shown() {
        let secret = TotpSecret::random();
        let stored = TotpSecret::from_bytes(secret.as_bytes()).unwrap();
        assert_eq!(stored.base32(), secret.base32());
        assert_ne!(stored.base32(), TotpSecret::random().base32());
        assert!(TotpSecret::from_bytes(&secret.as_bytes()[1..]).is_none());
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
    }
}
