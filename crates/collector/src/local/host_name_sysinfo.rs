use crate::text;

/// The longest host name (RFC 1035, section 2.3.4).
const NAME_CHARS_MAX: usize = 255;

/// The host name of this machine.
pub fn host_name() -> Option<String> {
    let name = sysinfo::System::host_name().ok()?;
    (!name.is_empty()).then(|| text::bounded(&name, NAME_CHARS_MAX))
}
