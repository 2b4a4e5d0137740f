use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The time zone of an IANA name. The system's rules come first, since they are newer than the program in the long run;
/// where the system has none, those that come with the program are used.
pub(super) fn time_zone(name: &str) -> Option<TimeZone> {
    let of_system = jiff::tz::db().get(name);
    let found = of_system.or_else(|_| TimeZoneDatabase::bundled().get(name));
    found.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names() {
        for name in ["UTC", "Europe/Berlin", "America/New_York"] {
            assert!(time_zone(name).is_some(), "{name}");
        }
        for name in ["", "Mars", "../../etc/passwd", "/etc/passwd", "Europe"] {
            assert!(time_zone(name).is_none(), "{name}");
        }
    }
}
