use crate::text;

/// The longest host name (RFC 1035, section 2.3.4); Linux stops at 64.
const NAME_CHARS_MAX: usize = 255;

/// The host name of this machine.
pub fn host_name() -> Option<String> {
    // The kernel accepts arbitrary bytes.
    let system = rustix::system::uname();
    let name = text::display_name(system.nodename().to_bytes(), NAME_CHARS_MAX);
    (!name.is_empty()).then_some(name)
}
