use crate::text;

/// More than any name that a network knows (RFC 1035, section 2.3.4); Linux stops at 64.
const NAME_CHARS_MAX: usize = 255;

/// The name that this host has on its network.
pub fn host_name() -> Option<String> {
    // The kernel takes any bytes.
    let system = rustix::system::uname();
    let name = text::display_name(system.nodename().to_bytes(), NAME_CHARS_MAX);
    (!name.is_empty()).then_some(name)
}
