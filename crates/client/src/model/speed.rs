/// How fast moments follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    Stopped,
    /// As they happened.
    Real,
    /// Ten times as fast.
    Ten,
    /// A minute in a second.
    Sixty,
}

impl Speed {
    pub(crate) const PLAYING: [(Self, &'static str); 3] =
        [(Self::Real, "1×"), (Self::Ten, "10×"), (Self::Sixty, "60×")];

    /// How long a moment is shown, and how far away the next one is, in milliseconds.
    pub(crate) fn pace(self) -> (u32, f64) {
        match self {
            Self::Stopped => (0, 0.0),
            Self::Real => (1_000, 1_000.0),
            Self::Ten => (250, 2_500.0),
            Self::Sixty => (250, 15_000.0),
        }
    }
}
