use protocol::Stream;

/// The viewer's preferences for each stream, until the page is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Preferences {
    of: [Preference; Stream::COUNT],
}

/// The viewer's preferences for one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Preference {
    pub(crate) on: bool,
    /// At most one message in this time, always the newest; each one if 0.
    pub(crate) interval_ms: u64,
}

impl Preferences {
    pub(crate) fn of(&self, stream: Stream) -> Preference {
        self.of[stream.index()]
    }

    /// All messages of one stream alone.
    pub(super) fn only(stream: Stream) -> Self {
        Self::each(|it| it == stream)
    }

    fn each(is_on: impl Fn(Stream) -> bool) -> Self {
        Self {
            of: Stream::ALL.map(|stream| Preference {
                on: is_on(stream),
                interval_ms: 0,
            }),
        }
    }

    pub(super) fn of_mut(&mut self, stream: Stream) -> &mut Preference {
        &mut self.of[stream.index()]
    }
}

impl Default for Preferences {
    /// All messages of all streams that the page itself shows.
    fn default() -> Self {
        Self::each(|stream| stream.definition().on_page.is_some())
    }
}
