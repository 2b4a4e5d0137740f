use super::reading::space;
use super::rows::{Row, Rows, Values, rows};
use crate::kit::bar::Limits;
use crate::kit::format;
use crate::kit::piece::Piece;
use crate::kit::state::State;
use crate::model::Freshness;
use crate::session::SeriesHandle;

/// What a sensor without a limit of its own is measured against, in degrees Celsius.
const CRITICAL_DEFAULT: f64 = 100.0;

/// In percent of what is critical for a sensor.
const TEMPERATURE_LIMITS: Limits = Limits {
    warning: 90.0,
    critical: 100.0,
};

/// Filesystems: percent, used, total, read, written.
pub(crate) fn disks(
    card: (&str, &str),
    series: Vec<SeriesHandle>,
    limits: Limits,
    freshness: State<Freshness>,
) -> Piece {
    rows(card, of(series, "mount", disk, limits), freshness)
}

fn of(
    series: Vec<SeriesHandle>,
    label: &'static str,
    row: fn(&Values<'_>) -> Row,
    limits: Limits,
) -> Rows {
    Rows {
        series,
        label,
        row,
        limits,
    }
}

fn disk(disk: &Values<'_>) -> Row {
    let rates = match (disk.get(3), disk.get(4)) {
        (Some(read), Some(written)) => {
            let (read, written) = (rate(read), rate(written));
            format!("R {read} · W {written}")
        }
        _ => String::new(),
    };
    let percent = disk.get(0);
    Row {
        name: disk.name.to_owned(),
        value: percent.map_or(String::new(), |percent| format::percent(percent).joined()),
        percent,
        details: [space(disk.get(1), disk.get(2)).unwrap_or_default(), rates],
    }
}

/// Network interfaces: received, sent, and both since they came up.
pub(crate) fn interfaces(
    card: (&str, &str),
    series: Vec<SeriesHandle>,
    freshness: State<Freshness>,
) -> Piece {
    rows(
        card,
        of(series, "interface", interface, Limits::of(&[])),
        freshness,
    )
}

fn interface(interface: &Values<'_>) -> Row {
    let rate = |place| interface.get(place).map_or(format::ABSENT.into(), rate);
    let total = |place| {
        let bytes = interface.get(place);
        bytes.map_or(format::ABSENT.into(), |bytes| format::bytes(bytes).joined())
    };
    Row {
        name: interface.name.to_owned(),
        value: format!("↓ {}  ↑ {}", rate(0), rate(1)),
        percent: None,
        details: [
            format!("{} received", total(2)),
            format!("{} sent", total(3)),
        ],
    }
}

/// Sensors: degrees Celsius, and from where on these are critical.
pub(crate) fn temperatures(
    card: (&str, &str),
    series: Vec<SeriesHandle>,
    freshness: State<Freshness>,
) -> Piece {
    rows(
        card,
        of(series, "sensor", temperature, TEMPERATURE_LIMITS),
        freshness,
    )
}

fn temperature(sensor: &Values<'_>) -> Row {
    let celsius = sensor.get(0).unwrap_or(0.0);
    let critical = sensor.get(1).filter(|critical| *critical > 0.0);
    let limit = critical.map(|critical| format!("critical {} °C", format::fixed(critical, 0)));
    Row {
        name: sensor.name.to_owned(),
        value: format!("{} °C", format::fixed(celsius, 1)),
        percent: Some(celsius / critical.unwrap_or(CRITICAL_DEFAULT) * 100.0),
        details: [limit.unwrap_or_default(), String::new()],
    }
}

fn rate(bytes_per_second: f64) -> String {
    format::rate(bytes_per_second).joined()
}
