use protocol::Stream;

/// What the viewer wants of each stream, for as long as the page lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wishes {
    of: [Wish; Stream::COUNT],
}

/// What the viewer wants of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) on: bool,
    /// At most one message in this time, always the newest; each one if 0.
    pub(crate) interval_ms: u64,
}

impl Wishes {
    pub(crate) fn of(&self, stream: Stream) -> Wish {
        self.of[stream.index()]
    }

    pub(super) fn of_mut(&mut self, stream: Stream) -> &mut Wish {
        &mut self.of[stream.index()]
    }
}

impl Default for Wishes {
    /// Everything, as it comes.
    fn default() -> Self {
        let wish = Wish {
            on: true,
            interval_ms: 0,
        };
        Self {
            of: [wish; Stream::COUNT],
        }
    }
}
