//! SPDX expressions (<https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/>), as far as crates use them.

/// The licences that a `deny.toml` allows: those of the array `allow` of `[licenses]`.
pub(crate) fn allowed(deny: &str) -> Vec<&str> {
    let section = deny.split("[licenses]").nth(1).unwrap_or_default();
    let list = section.split("allow = [").nth(1).unwrap_or_default();
    let list = list.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether an expression can be satisfied by these licences. An exception (`WITH`) only allows more.
pub(crate) fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let is_allowed = either(&mut words, allowed);
    is_allowed == Some(true) && words.next().is_none()
}

fn either<'a, I: Iterator<Item = &'a str>>(
    words: &mut std::iter::Peekable<I>,
    allowed: &[&str],
) -> Option<bool> {
    let mut any = all(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        any |= all(words, allowed)?;
    }
    Some(any)
}

fn all<'a, I: Iterator<Item = &'a str>>(
    words: &mut std::iter::Peekable<I>,
    allowed: &[&str],
) -> Option<bool> {
    let mut every = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        every &= one(words, allowed)?;
    }
    Some(every)
}

fn one<'a, I: Iterator<Item = &'a str>>(
    words: &mut std::iter::Peekable<I>,
    allowed: &[&str],
) -> Option<bool> {
    match words.next()? {
        "(" => {
            let within = either(words, allowed)?;
            (words.next()? == ")").then_some(within)
        }
        licence => {
            if words.next_if_eq(&"WITH").is_some() {
                words.next()?;
            }
            Some(allowed.contains(&licence))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_satisfied_by_some_of_its_licences() {
        let deny = "[graph]\ntargets = [\"a\"]\n[licenses]\n# some\nallow = [\n  \"MIT\",\n  \"Zlib\",\n]\n";
        let allowed = allowed(deny);
        assert_eq!(allowed, ["MIT", "Zlib"]);
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0 AND MIT", false),
            ("(GPL-3.0 OR MIT) AND Zlib", true),
            ("GPL-3.0 OR MIT AND Apache-2.0", false),
            ("MIT WITH LLVM-exception", true),
            ("", false),
            ("(MIT", false),
            ("MIT Zlib", false),
        ] {
            assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
        }
    }
}
