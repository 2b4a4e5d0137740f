//! Recovery codes: each replaces a code of the authenticator once, when that is lost.

use crate::secret::random_bytes;
use crate::{Digest, Secret};
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

/// How many a user gets.
const CODES: usize = 10;

/// 80 bits, so that a plain hash is enough to store a code: 16 letters and digits, in groups of four.
const CODE_BYTES: usize = 10;
const GROUP_CHARS: usize = 4;

/// Ten new codes such as `k3f9-x2mq-7hpa-zz4c`, without digits that look like letters.
///
/// # Panics
///
/// If the operating system has no random numbers.
pub fn recovery_codes() -> Vec<Secret> {
    std::iter::repeat_with(new_code).take(CODES).collect()
}

fn new_code() -> Secret {
    let bytes = Zeroizing::new(random_bytes::<CODE_BYTES>());
    let chars = Zeroizing::new(BASE32_NOPAD.encode(&*bytes).to_lowercase());
    let mut code = String::with_capacity(chars.len() + chars.len() / GROUP_CHARS);
    for (place, char) in chars.chars().enumerate() {
        if place > 0 && place % GROUP_CHARS == 0 {
            code.push('-');
        }
        code.push(char);
    }
    Secret::new(code)
}

/// By which a code is stored and found again. Case, hyphens and spaces do not matter.
pub fn recovery_digest(entered: &str) -> Digest {
    let is_part = |it: &char| *it != '-' && !it.is_whitespace();
    let normal = Zeroizing::new(
        entered
            .chars()
            .filter(is_part)
            .map(|it| it.to_ascii_lowercase())
            .collect::<String>(),
    );
    Digest::of(&normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_ten_different_codes_in_groups() {
        let codes = recovery_codes();
        let digests: HashSet<_> = codes
            .iter()
            .map(|code| recovery_digest(code.expose()))
            .collect();
        assert_eq!(digests.len(), 10);
        for code in &codes {
            let groups: Vec<_> = code.expose().split('-').collect();
            assert_eq!(groups.len(), 4, "{}", code.expose());
            for group in groups {
                let is_plain = |it: char| it.is_ascii_lowercase() || ('2'..='7').contains(&it);
                assert!(group.len() == 4 && group.chars().all(is_plain), "{group}");
            }
        }
    }

    #[test]
    fn it_does_not_matter_how_a_code_is_typed() {
        let expected = recovery_digest("k3f9-x2mq-7hpa-zz4c");
        for typed in [
            "K3F9-X2MQ-7HPA-ZZ4C",
            "k3f9x2mq7hpazz4c",
            " k3f9 x2mq 7hpa zz4c\n",
        ] {
            assert_eq!(recovery_digest(typed), expected, "{typed:?}");
        }
        assert_ne!(recovery_digest("k3f9-x2mq-7hpa-zz4d"), expected);
    }
}
