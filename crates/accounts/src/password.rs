use crate::Secret;
use crate::secret::random_bytes;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash as Phc,
};
use std::fmt;
use std::sync::LazyLock;

/// Argon2id as the OWASP Password Storage Cheat Sheet recommends it: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// Of a password, in characters.
const PASSWORD_CHARS_MIN: usize = 10;
const PASSWORD_CHARS_MAX: usize = 200;

/// Of a user's name, in characters.
const NAME_CHARS_MAX: usize = 40;

/// A password as it is stored: hashed with argon2id, with its parameters and its salt (a PHC string). To make or
/// verify one takes some 20 ms and 19 MiB, so it belongs on a thread that may block, and not on many at once.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a salt of its own.
    ///
    /// # Panics
    ///
    /// If there is no memory left, or the operating system has no random numbers.
    pub fn of(password: &Secret) -> Self {
        let salt = random_bytes::<SALT_BYTES>();
        let hash: Phc = argon2id()
            .hash_password_with_salt(password.expose().as_bytes(), &salt)
            .expect("the parameters are valid, and there is memory");
        Self(hash.to_string())
    }

    /// As it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// To be stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of the password. A text that is no hash is that of none.
    pub fn verify(&self, password: &Secret) -> bool {
        let password = password.expose().as_bytes();
        Phc::new(&self.0).is_ok_and(|hash| argon2id().verify_password(password, &hash).is_ok())
    }

    /// The hash of no password. For a user that does not exist it is verified all the same, so that the response takes
    /// as long as for one that does.
    pub fn dummy() -> &'static Self {
        // Nobody can find a password whose hash is all zeros.
        static DUMMY: LazyLock<PasswordHash> = LazyLock::new(|| {
            let [salt, hash] = ["A".repeat(22), "A".repeat(43)];
            PasswordHash(format!(
                "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}"
            ))
        });
        &DUMMY
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES));
    let params = params.expect("the parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Why a password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It can be guessed.
    #[error("the password is too short; it takes at least {PASSWORD_CHARS_MIN} characters")]
    Short,
    /// It would only be a burden to hash.
    #[error("the password is too long; it may have up to {PASSWORD_CHARS_MAX} characters")]
    Long,
    /// It is the first that anybody would try.
    #[error("the password is the user's name; choose one that the name does not tell")]
    UserName,
    /// It is as short as one character.
    #[error(
        "the password is one character, repeated; several words that have nothing in common make a \
         good one"
    )]
    Repeated,
}

/// Whether a user of this name may have this password. There are no rules about kinds of characters: they make
/// passwords hard to remember and not hard to guess (NIST SP 800-63B, section 5.1.1.2).
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub fn check_password(password: &str, user: &str) -> Result<(), WeakPassword> {
    let chars = password.chars().count();
    let first = password.chars().next();
    if chars < PASSWORD_CHARS_MIN {
        Err(WeakPassword::Short)
    } else if chars > PASSWORD_CHARS_MAX {
        Err(WeakPassword::Long)
    } else if password.to_lowercase() == user.to_lowercase() {
        Err(WeakPassword::UserName)
    } else if password.chars().all(|it| Some(it) == first) {
        Err(WeakPassword::Repeated)
    } else {
        Ok(())
    }
}

/// Why a user cannot have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user's name has 1 to {NAME_CHARS_MAX} characters: letters from a to z, digits, `.`, `_`, `-` and `@`"
)]
pub struct InvalidUserName;

/// Whether a user may have this name.
///
/// # Errors
///
/// What a name may be.
pub fn check_user_name(name: &str) -> Result<(), InvalidUserName> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-' | '@');
    let is_name = (1..=NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(is_plain);
    is_name.then_some(()).ok_or(InvalidUserName)
}

/// What a user is found by. Two names that differ only in case are the same user's, except those that others give
/// (`jwt:…`, `proxy:…`), for whom they may be two users. No other name has a colon, or letters beyond ASCII.
pub fn user_key(name: &str) -> String {
    match name.contains(':') {
        true => name.to_owned(),
        false => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn a_password_and_no_other_one_is_verified() {
        let password = secret("correct horse battery");
        let hash = PasswordHash::of(&password);
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let stored = PasswordHash::from_stored(hash.as_str().to_owned());
        assert!(stored.verify(&password));
        assert!(!stored.verify(&secret("correct horse battery ")));
        assert_ne!(stored, PasswordHash::of(&password), "each has its own salt");
        assert_eq!(format!("{stored:?}"), "PasswordHash(…)");
    }

    #[test]
    fn a_stored_text_that_is_no_hash_is_that_of_no_password() {
        for text in ["", "$argon2id$", "secret", "$argon2id$v=19$m=8,t=1,p=1$"] {
            assert!(!PasswordHash::from_stored(text.to_owned()).verify(&secret(text)));
        }
    }

    #[test]
    fn the_dummy_costs_as_much_as_a_password_and_is_that_of_none() {
        let parameters = |hash: &PasswordHash| {
            let parsed = Phc::new(hash.as_str()).unwrap();
            let lengths = (parsed.salt.unwrap().len(), parsed.hash.unwrap().len());
            (parsed.algorithm, parsed.version, parsed.params, lengths)
        };
        let real = PasswordHash::of(&secret("correct horse battery"));
        assert_eq!(parameters(PasswordHash::dummy()), parameters(&real));
        assert!(!PasswordHash::dummy().verify(&secret("")));
    }

    #[test]
    fn weak_passwords_are_refused_with_what_would_be_right() {
        for (password, expected) in [
            ("123456789", Err(WeakPassword::Short)),
            ("ääääääääb", Err(WeakPassword::Short)),
            ("ääääääääbb", Ok(())),
            ("1234567890", Ok(())),
            ("Anna.Miller", Err(WeakPassword::UserName)),
            ("zzzzzzzzzzzz", Err(WeakPassword::Repeated)),
            (&"ab".repeat(100), Ok(())),
            (&"ab".repeat(101), Err(WeakPassword::Long)),
        ] {
            assert_eq!(
                check_password(password, "anna.miller"),
                expected,
                "{password}"
            );
        }
        let message = WeakPassword::Short.to_string();
        assert!(message.contains("at least 10 characters"), "{message}");
    }

    #[test]
    fn names_of_users_are_short_and_plain() {
        for name in ["a", "anna", "Anna.Miller-2_x@example.org", &"x".repeat(40)] {
            assert_eq!(check_user_name(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "anna miller",
            "änna",
            "jwt:anna",
            "a/b",
            &"x".repeat(41),
        ] {
            assert_eq!(check_user_name(name), Err(InvalidUserName), "{name}");
        }
        assert_eq!(user_key("Anna"), user_key("aNNA"));
        assert_ne!(user_key("jwt:Anna"), user_key("jwt:anna"));
        assert_ne!(
            user_key("\u{212a}arl"),
            user_key("karl"),
            "the sign of Kelvin"
        );
    }
}
