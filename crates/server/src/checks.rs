//! Checks: targets that the server probes at an interval, as the settings say. The result is points, like those of
//! inputs, so that history, charts and alerts apply to them; a change is an event.

mod target;

mod probe;
mod status;

mod task;

pub(crate) use status::Checks;
pub(crate) use target::CheckTarget;
pub(crate) use task::Check;
