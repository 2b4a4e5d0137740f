/// What the page knows of the server it is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) version: String,
    pub(crate) viewers: u64,
}
