/// A list that forgets its oldest entry when it is full.
///
/// A plain list: of some hundred entries, moving all but the first costs next to nothing, and a
/// `VecDeque` is another kilobyte to load.
#[derive(Debug, Clone)]
pub(crate) struct Ring<T> {
    entries: Vec<T>,
    capacity: usize,
}

impl<T> Ring<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: Vec::new(),
            capacity,
        }
    }

    pub(crate) fn push(&mut self, entry: T) {
        if self.entries.len() == self.capacity {
            self.entries.remove(0);
        }
        self.entries.push(entry);
    }

    /// Makes room for another one, and puts it before the oldest.
    pub(crate) fn push_oldest(&mut self, entry: T) {
        self.capacity += 1;
        self.entries.insert(0, entry);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_oldest() {
        let mut ring = Ring::new(3);
        for number in 1..=5 {
            ring.push(number);
        }
        assert!(ring.iter().eq(&[3, 4, 5]));
    }
}
