/// How long ago something was, in words: `12 s`, `5 min`, `3 h`, `2 d`.
pub(super) fn age_text(elapsed_ms: f64) -> String {
    let seconds = (elapsed_ms / 1_000.0).max(0.0);
    let (count, unit) = match seconds {
        it if it < 60.0 => (it, " s"),
        it if it < 3_600.0 => (it / 60.0, " min"),
        it if it < 86_400.0 => (it / 3_600.0, " h"),
        it => (it / 86_400.0, " d"),
    };
    [(count as u64).to_string().as_str(), unit].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let ages = [-5.0, 999.0, 59_999.0, 60_000.0, 7_200_000.0, 200_000_000.0].map(age_text);
        assert_eq!(ages, ["0 s", "0 s", "59 s", "1 min", "2 h", "2 d"]);
    }
}
