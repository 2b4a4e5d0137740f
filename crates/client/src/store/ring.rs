use std::collections::VecDeque;

/// A list that forgets its oldest entry when it is full.
#[derive(Debug, Clone)]
pub(crate) struct Ring<T> {
    entries: VecDeque<T>,
    capacity: usize,
}

impl<T> Ring<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity,
        }
    }

    pub(crate) fn push(&mut self, entry: T) {
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Forgets the newest entries for which this holds.
    pub(crate) fn pop_while(&mut self, holds: impl Fn(&T) -> bool) {
        while self.entries.back().is_some_and(&holds) {
            self.entries.pop_back();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.entries.back()
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.entries.back_mut()
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
        ring.pop_while(|number| *number > 3);
        assert_eq!(ring.last(), Some(&3));
    }
}
