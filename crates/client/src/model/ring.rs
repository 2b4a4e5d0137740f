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

    /// Gives the one that it forgets for it.
    pub(crate) fn push(&mut self, entry: T) -> Option<T> {
        let is_full = self.entries.len() == self.capacity;
        let dropped = is_full.then(|| self.entries.remove(0));
        self.entries.push(entry);
        dropped
    }

    /// Puts one before the oldest, if there is room.
    pub(crate) fn push_oldest(&mut self, entry: T) -> bool {
        let has_room = self.entries.len() < self.capacity;
        if has_room {
            self.entries.insert(0, entry);
        }
        has_room
    }

    /// Makes room for so many in all.
    pub(crate) fn grow(&mut self, capacity: usize) {
        self.capacity = self.capacity.max(capacity);
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
        let dropped: Vec<_> = (1..=5).map(|number| ring.push(number)).collect();
        assert_eq!(dropped, [None, None, None, Some(1), Some(2)]);
        assert!(ring.iter().eq(&[3, 4, 5]));
    }

    #[test]
    fn has_room_at_its_end_where_it_was_made() {
        let mut ring = Ring::new(2);
        ring.push(5);
        assert!(ring.push_oldest(4));
        assert!(!ring.push_oldest(3));
        ring.grow(3);
        assert!(ring.push_oldest(3));
        assert!(ring.iter().eq(&[3, 4, 5]));
    }
}
