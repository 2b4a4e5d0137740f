/// The most frequent number; of several the least.
pub(crate) fn mode(numbers: impl Iterator<Item = u64>) -> Option<u64> {
    let mut sorted: Vec<u64> = numbers.collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(u64::eq);
    let longest = runs.rev().max_by_key(|run| run.len())?;
    longest.first().copied()
}

#[cfg(test)]
mod tests {
    use super::mode;

    #[test]
    fn the_least_of_the_most_frequent() {
        assert_eq!(mode([5, 3, 9, 9, 3].into_iter()), Some(3));
        assert_eq!(mode([].into_iter()), None);
    }
}
