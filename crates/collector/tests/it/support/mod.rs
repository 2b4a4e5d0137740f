mod namespaces;
mod samples;

pub(crate) use namespaces::{bind, isolated, run};
pub(crate) use samples::Samples;
