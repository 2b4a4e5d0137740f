use crate::Level;

/// What a durable message can be filtered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Properties<'a> {
    /// Its severity.
    pub level: Option<Level>,
    /// Where it comes from: a program, a file, a rule.
    pub source: Option<&'a str>,
    /// The label of a value.
    pub label: Option<&'a str>,
    /// The host that it names.
    pub host: Option<&'a str>,
}

/// A type of durable message.
pub(crate) trait Filterable {
    /// What it can be filtered by.
    fn properties(&self) -> Properties<'_>;
}
