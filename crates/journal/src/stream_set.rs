use protocol::Stream;

/// A set of streams, in two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamSet(u16);

const _: () = assert!(Stream::COUNT <= 16, "each stream needs a bit");

impl StreamSet {
    /// No stream.
    pub const EMPTY: Self = Self(0);

    /// Adds a stream.
    pub fn insert(&mut self, stream: Stream) {
        self.0 |= 1 << stream.index();
    }

    /// Removes a stream.
    pub fn remove(&mut self, stream: Stream) {
        self.0 &= !(1 << stream.index());
    }

    /// Whether the set has the stream.
    pub fn contains(self, stream: Stream) -> bool {
        self.0 & (1 << stream.index()) != 0
    }

    /// Whether both sets have a stream in common.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The streams, in the order of [`Stream::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Stream> {
        Stream::ALL
            .into_iter()
            .filter(move |stream| self.contains(*stream))
    }

    /// The set as a number, for an atomic.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// The inverse of [`StreamSet::bits`].
    pub fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

impl FromIterator<Stream> for StreamSet {
    fn from_iter<I: IntoIterator<Item = Stream>>(streams: I) -> Self {
        let mut set = Self::EMPTY;
        for stream in streams {
            set.insert(stream);
        }
        set
    }
}
