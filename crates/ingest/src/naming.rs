//! Units and kinds, as names and metadata say them.

use protocol::{Kind, Unit};

/// The unit that a name ends in, by the conventions of Prometheus (<https://prometheus.io/docs/practices/naming/>).
pub(crate) fn unit_of_name(name: &str) -> Option<Unit> {
    let base = name
        .strip_suffix("_total")
        .or_else(|| name.strip_suffix("_sum"))
        .unwrap_or(name);
    let last = base.rsplit_once('_')?.1;
    unit_of_word(last)
}

/// The unit of a word such as `seconds`, as OpenMetrics has it.
pub(crate) fn unit_of_word(word: &str) -> Option<Unit> {
    let unit = match word {
        "seconds" => "s",
        "milliseconds" => "ms",
        "microseconds" => "µs",
        "nanoseconds" => "ns",
        "bytes" => "B",
        "bits" => "bit",
        "celsius" => "°C",
        "percent" => "%",
        "volts" => "V",
        "amperes" => "A",
        "joules" => "J",
        "watts" => "W",
        "hertz" => "Hz",
        "meters" => "m",
        "grams" => "g",
        _ => return None,
    };
    Unit::new(unit)
}

/// The unit of a code of UCUM, as OpenTelemetry has it; that of a count is none.
pub(crate) fn unit_of_ucum(code: &str) -> Option<Unit> {
    if code.len() > 63 {
        return None;
    }
    // What is in braces is a comment.
    let bare = match code.split_once('{') {
        Some((before, rest)) => {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => code.to_owned(),
    };
    let (unit, per) = match bare.split_once('/') {
        Some((unit, per)) => (unit, Some(per)),
        None => (bare.as_str(), None),
    };
    let unit = match unit {
        "" | "1" => "",
        "By" => "B",
        "KiBy" => "KiB",
        "MiBy" => "MiB",
        "Cel" => "°C",
        "us" => "µs",
        other => other,
    };
    match (unit, per) {
        ("", None) => None,
        ("", Some(per)) => Unit::new(&format!("1/{per}")),
        (unit, None) => Unit::new(unit),
        (unit, Some(per)) => Unit::new(&format!("{unit}/{per}")),
    }
}

/// The kind of a series whose sender does not say it.
pub(crate) fn kind_of_name(name: &str) -> Kind {
    let endings = ["_total", "_count", "_sum", "_bucket"];
    match endings.iter().any(|ending| name.ends_with(ending)) {
        true => Kind::Counter,
        false => Kind::Gauge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_at_the_end_of_names() {
        for (name, expected) in [
            ("http_request_duration_seconds", Some("s")),
            ("http_request_duration_seconds_sum", Some("s")),
            ("process_cpu_seconds_total", Some("s")),
            ("node_network_receive_bytes_total", Some("B")),
            ("node_memory_MemFree_bytes", Some("B")),
            ("requests_total", None),
            ("seconds", None),
            ("up", None),
        ] {
            let unit = unit_of_name(name);
            assert_eq!(unit.as_ref().map(Unit::as_str), expected, "{name}");
        }
    }

    #[test]
    fn codes_of_ucum_are_read() {
        for (code, expected) in [
            ("By", Some("B")),
            ("By/s", Some("B/s")),
            ("ms", Some("ms")),
            ("1", None),
            ("{request}", None),
            ("{request}/s", Some("1/s")),
            ("%", Some("%")),
            ("Cel", Some("°C")),
            ("", None),
        ] {
            let unit = unit_of_ucum(code);
            assert_eq!(unit.as_ref().map(Unit::as_str), expected, "{code}");
        }
    }
}
