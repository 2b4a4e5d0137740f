//! JSON Web Tokens (RFC 7519), signed with HS256 and nothing else.

mod hs256;

use crate::{Role, Secret};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// As long as the hash: a shorter key is easier to guess than the signature (RFC 7518, section 3.2).
const KEY_BYTES_MIN: usize = 32;

/// A longer token is refused before it is parsed.
const TOKEN_BYTES_MAX: usize = 4 << 10;

/// Clocks of servers differ by this much.
const LEEWAY_S: u64 = 5;

/// Tokens for other programs are not for this one.
const AUDIENCE: &str = "watchroom";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: String,
    /// The name to show, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the user may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// When it expires, in seconds since the Unix epoch.
    #[serde(deserialize_with = "seconds")]
    pub exp: u64,
    /// When it was issued, in seconds since the Unix epoch.
    #[serde(
        default,
        deserialize_with = "maybe_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub iat: Option<u64>,
    /// The secret of the session that it was issued to, if this server did: it ends with that, and a program that knows only the
    /// key cannot make one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// The claims of a token that is issued.
#[derive(Serialize)]
struct Outgoing<'a> {
    aud: &'static str,
    #[serde(flatten)]
    claims: &'a Claims,
}

/// The claims of a token that is verified; its audience is checked before.
#[derive(Deserialize)]
struct Incoming {
    #[serde(default, deserialize_with = "maybe_seconds")]
    nbf: Option<u64>,
    #[serde(flatten)]
    claims: Claims,
}

/// The key that tokens are signed with and verified by.
pub struct JwtKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

/// A text is too short to be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a JWT secret has at least {KEY_BYTES_MIN} bytes, and this has {0}; `openssl rand -base64 33` makes one"
)]
pub struct InvalidJwtKey(pub usize);

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwt {
    /// It is longer than any token is.
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    Long,
    /// It does not have the form of a token, or its algorithm is unknown, such as `none`.
    #[error("this is no JSON Web Token that is signed with HS256")]
    Malformed,
    /// It is signed in another way.
    #[error("the token is signed with {0}; it must be signed with HS256")]
    Algorithm(String),
    /// It was signed with another key, or changed.
    #[error("the signature of the token is not valid; is it signed with this server's JWT secret?")]
    Signature,
    /// A claim is missing or not what it should be.
    #[error("the claims of the token are not valid: {0}")]
    Claims(String),
    /// It is for another program.
    #[error("the audience of the token must be `{AUDIENCE}` (the claim `aud`)")]
    Audience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not begun.
    #[error("the token is not valid yet (the claim `nbf`)")]
    NotYetValid,
}

impl JwtKey {
    /// Of a secret that another program may have, too.
    ///
    /// # Errors
    ///
    /// If it is shorter than 32 bytes.
    pub fn new(secret: &Secret) -> Result<Self, InvalidJwtKey> {
        let bytes = secret.expose().as_bytes();
        let too_short = || InvalidJwtKey(bytes.len());
        if bytes.len() < KEY_BYTES_MIN {
            return Err(too_short());
        }
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["aud", "exp"]);
        // It would read the clock.
        validation.validate_exp = false;
        Ok(Self {
            encoding: EncodingKey::from_secret(bytes).map_err(|_| too_short())?,
            decoding: DecodingKey::from_secret(bytes).map_err(|_| too_short())?,
            validation,
        })
    }

    /// A token with these claims, for this server's own audience.
    pub fn issue(&self, claims: &Claims) -> String {
        let claims = Outgoing {
            aud: AUDIENCE,
            claims,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("texts and numbers are JSON, and HMAC takes any message")
    }

    /// The claims of a token that is valid now.
    ///
    /// # Errors
    ///
    /// Why it is not.
    pub fn verify(&self, token: &str, now_s: u64) -> Result<Claims, InvalidJwt> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(InvalidJwt::Long);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidJwt::Malformed)?;
        if header.alg != Algorithm::HS256 {
            return Err(InvalidJwt::Algorithm(format!("{:?}", header.alg)));
        }
        let decoded = jsonwebtoken::decode(token, &self.decoding, &self.validation);
        let Incoming { nbf, claims } = decoded.map_err(refused)?.claims;
        if now_s >= claims.exp.saturating_add(LEEWAY_S) {
            return Err(InvalidJwt::Expired);
        }
        if nbf.is_some_and(|nbf| nbf > now_s.saturating_add(LEEWAY_S)) {
            return Err(InvalidJwt::NotYetValid);
        }
        if claims.sub.is_empty() {
            return Err(InvalidJwt::Claims("`sub` is empty".to_owned()));
        }
        Ok(claims)
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JwtKey(…)")
    }
}

/// The header was read before, so what is no JSON are the claims.
fn refused(error: Error) -> InvalidJwt {
    match error.into_kind() {
        ErrorKind::InvalidSignature => InvalidJwt::Signature,
        ErrorKind::InvalidAudience => InvalidJwt::Audience,
        ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim)
            if claim == "aud" =>
        {
            InvalidJwt::Audience
        }
        ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim) => {
            InvalidJwt::Claims(format!("`{claim}` is missing or has another type"))
        }
        ErrorKind::Json(error) => InvalidJwt::Claims(error.to_string()),
        _ => InvalidJwt::Malformed,
    }
}

/// RFC 7519 allows fractions of seconds, and some programs write them.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    if seconds.is_finite() && seconds >= 0.0 {
        Ok(seconds as u64)
    } else {
        Err(serde::de::Error::custom("a time is before 1970"))
    }
}

fn maybe_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    seconds(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;

    const NOW_S: u64 = 1_800_000_000;
    const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

    fn key() -> JwtKey {
        JwtKey::new(&Secret::new("0123456789abcdef0123456789abcdef".to_owned())).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            sub: "anna".to_owned(),
            name: Some("Anna".to_owned()),
            role: Some(Role::Operator),
            exp: NOW_S + 60,
            iat: Some(NOW_S),
            sid: Some("wj_x".into()),
        }
    }

    /// Signed with [`key`], whatever it says.
    fn signed(header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
        let message = format!("{header}.{claims}");
        let key = key();
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key.encoding, Algorithm::HS256);
        format!("{message}.{}", signature.unwrap())
    }

    fn verify(claims: &str) -> Result<Claims, InvalidJwt> {
        key().verify(&signed(HEADER, claims), NOW_S)
    }

    #[test]
    fn a_token_is_verified_as_it_was_issued() {
        let token = key().issue(&claims());
        assert_eq!(key().verify(&token, NOW_S), Ok(claims()));
        let little = Claims {
            name: None,
            role: None,
            iat: None,
            sid: None,
            ..claims()
        };
        assert_eq!(key().verify(&key().issue(&little), NOW_S), Ok(little));
    }

    #[test]
    fn the_signature_is_that_of_other_programs() {
        // Signed by `openssl dgst -sha256 -hmac`.
        let token = "eyJhbGciOiJIUzI1NiJ9\
             .eyJzdWIiOiJhbm5hIiwiYXVkIjoid2F0Y2hyb29tIiwiZXhwIjoxODAwMDAwMDYwfQ\
             .GfGNAa_BNZJKdMzU12B4LDt-VIko0JHuh0UmAH4mnEg";
        let found = key().verify(token, NOW_S).unwrap();
        assert_eq!((found.sub.as_str(), found.exp), ("anna", NOW_S + 60));
    }

    #[test]
    fn a_token_expires_with_a_leeway_of_five_seconds() {
        let token = key().issue(&claims());
        let verify = |now_s| key().verify(&token, now_s).map(drop);
        assert_eq!(verify(NOW_S + 64), Ok(()));
        assert_eq!(verify(NOW_S + 65), Err(InvalidJwt::Expired));
    }

    #[test]
    fn other_keys_and_changed_tokens_are_refused() {
        let token = key().issue(&claims());
        let other = JwtKey::new(&Secret::random("")).unwrap();
        assert_eq!(other.verify(&token, NOW_S), Err(InvalidJwt::Signature));
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = message.split_once('.').unwrap();
        let claims = r#"{"sub":"root","aud":"watchroom","exp":1900000000}"#;
        let claims = BASE64URL_NOPAD.encode(claims.as_bytes());
        let forged = format!("{header}.{claims}.{signature}");
        assert_eq!(key().verify(&forged, NOW_S), Err(InvalidJwt::Signature));
        let unsigned = format!("{message}.");
        assert_eq!(key().verify(&unsigned, NOW_S), Err(InvalidJwt::Signature));
    }

    #[test]
    fn other_algorithms_are_refused() {
        let claims = r#"{"sub":"anna","aud":"watchroom","exp":1900000000}"#;
        for name in ["none", "None", "HS257", ""] {
            let header = format!(r#"{{"typ":"JWT","alg":"{name}"}}"#);
            let [plain, signed] = [
                [header.as_str(), claims]
                    .map(|part| BASE64URL_NOPAD.encode(part.as_bytes()))
                    .join(".")
                    + ".",
                signed(&header, claims),
            ];
            for token in [plain, signed] {
                assert_eq!(key().verify(&token, NOW_S), Err(InvalidJwt::Malformed));
            }
        }
        for name in ["HS384", "HS512", "RS256", "ES256", "EdDSA"] {
            let token = signed(&format!(r#"{{"typ":"JWT","alg":"{name}"}}"#), claims);
            let expected = InvalidJwt::Algorithm(name.to_owned());
            assert_eq!(key().verify(&token, NOW_S), Err(expected));
        }
    }

    #[test]
    fn the_audience_is_always_required() {
        for aud in [r#""watchroom""#, r#"["other","watchroom"]"#] {
            let claims = format!(r#"{{"sub":"anna","exp":1900000000,"aud":{aud}}}"#);
            assert!(verify(&claims).is_ok(), "{aud}");
        }
        for aud in [r#""other""#, "[]", "7", "null", r#""Watchroom""#] {
            let claims = format!(r#"{{"sub":"anna","exp":1900000000,"aud":{aud}}}"#);
            assert_eq!(verify(&claims), Err(InvalidJwt::Audience), "{aud}");
        }
        let none = r#"{"sub":"anna","exp":1900000000}"#;
        assert_eq!(verify(none), Err(InvalidJwt::Audience));
    }

    #[test]
    fn claims_that_are_missing_or_wrong_are_named() {
        for (claims, part) in [
            (r#"{"sub":"anna","aud":"watchroom"}"#, "exp"),
            (
                r#"{"sub":"anna","aud":"watchroom","exp":"1900000000"}"#,
                "string",
            ),
            (
                r#"{"sub":"anna","aud":"watchroom","exp":-1}"#,
                "before 1970",
            ),
            (r#"{"aud":"watchroom","exp":1900000000}"#, "sub"),
            (r#"{"sub":"","aud":"watchroom","exp":1900000000}"#, "sub"),
            (
                r#"{"sub":"anna","aud":"watchroom","exp":1900000000,"role":"boss"}"#,
                "boss",
            ),
            (r#"{"sub":"anna","aud":"watchroom","exp":1e300}"#, "exp"),
            ("[]", "invalid"),
        ] {
            match verify(claims) {
                Err(InvalidJwt::Claims(message)) => {
                    assert!(message.contains(part), "{claims}: {message}");
                }
                other => panic!("{claims}: {other:?}"),
            }
        }
    }

    #[test]
    fn times_may_have_fractions_and_a_beginning() {
        let fraction = r#"{"sub":"anna","aud":"watchroom","exp":1800000001.5,"iat":1799999999.9}"#;
        let claims = verify(fraction).unwrap();
        assert_eq!((claims.exp, claims.iat), (NOW_S + 1, Some(NOW_S - 1)));
        for (nbf, expected) in [
            (NOW_S + 5, Ok(())),
            (NOW_S + 6, Err(InvalidJwt::NotYetValid)),
        ] {
            let claims =
                format!(r#"{{"sub":"anna","aud":"watchroom","exp":1900000000,"nbf":{nbf}}}"#);
            assert_eq!(verify(&claims).map(drop), expected);
        }
    }

    #[test]
    fn what_is_no_token_is_refused_and_a_long_one_before_it_is_parsed() {
        let token = key().issue(&claims());
        let [cut, more] = [token[1..].to_owned(), format!("{token}.x")];
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            "wr_abc",
            cut.as_str(),
            more.as_str(),
        ] {
            assert_eq!(
                key().verify(text, NOW_S),
                Err(InvalidJwt::Malformed),
                "{text}"
            );
        }
        let long = Claims {
            sub: "x".repeat(TOKEN_BYTES_MAX),
            ..claims()
        };
        let long = key().issue(&long);
        assert_eq!(key().verify(&long, NOW_S), Err(InvalidJwt::Long));
    }

    #[test]
    fn a_short_secret_is_no_key_and_a_key_is_not_shown() {
        let short = JwtKey::new(&Secret::new("x".repeat(31))).unwrap_err();
        assert_eq!(short, InvalidJwtKey(31));
        assert!(short.to_string().contains("at least 32 bytes"), "{short}");
        assert_eq!(format!("{:?}", key()), "JwtKey(…)");
    }
}
