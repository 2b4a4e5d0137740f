/// Elsewhere a priority belongs to the process, and viewers would get less, too.
pub(super) fn lower_priority() {}
