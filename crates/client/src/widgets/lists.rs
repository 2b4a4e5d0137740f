use super::rows::{Row, Rows, rows};
use super::tiles::space;
use crate::kit::format;
use crate::session::View;
use leptos::prelude::*;
use protocol::{Disk, Interface, Temperature};

/// What a sensor without a limit of its own is measured against, in degrees Celsius.
const CRITICAL_DEFAULT: f64 = 100.0;

pub(crate) fn disks(view: View) -> impl IntoView {
    let shown = Rows {
        count: |sample| sample.disks.len(),
        row: |sample, place| sample.disks.get(place).map(disk),
    };
    rows(view, "disks", "Disks", shown)
}

fn disk(disk: &Disk) -> Row {
    let rates = match (disk.read, disk.written) {
        (Some(read), Some(written)) => {
            let (read, written) = (rate(read), rate(written));
            format!("read {read}, written {written}")
        }
        _ => String::new(),
    };
    Row {
        name: disk.mount.clone(),
        value: format::percent(disk.percent).joined(),
        percent: Some(disk.percent),
        details: [space(disk.used_bytes, disk.total_bytes), rates],
    }
}

pub(crate) fn interfaces(view: View) -> impl IntoView {
    let shown = Rows {
        count: |sample| sample.interfaces.len(),
        row: |sample, place| sample.interfaces.get(place).map(interface),
    };
    rows(view, "interfaces", "Interfaces", shown)
}

fn interface(interface: &Interface) -> Row {
    let total = |bytes: u64| format::bytes(bytes as f64).joined();
    Row {
        name: interface.name.clone(),
        value: format!("↓ {}  ↑ {}", rate(interface.recv), rate(interface.sent)),
        percent: None,
        details: [
            format!("{} received", total(interface.recv_total_bytes)),
            format!("{} sent", total(interface.sent_total_bytes)),
        ],
    }
}

pub(crate) fn temperatures(view: View) -> impl IntoView {
    let shown = Rows {
        count: |sample| sample.temperatures.len(),
        row: |sample, place| sample.temperatures.get(place).map(temperature),
    };
    rows(view, "temperatures", "Temperatures", shown)
}

fn temperature(sensor: &Temperature) -> Row {
    let critical = sensor.critical.filter(|critical| *critical > 0.0);
    let limit = critical.map(|critical| format!("critical at {} °C", format::fixed(critical, 0)));
    Row {
        name: sensor.label.clone(),
        value: format!("{} °C", format::fixed(sensor.celsius, 1)),
        percent: Some(sensor.celsius / critical.unwrap_or(CRITICAL_DEFAULT) * 100.0),
        details: [limit.unwrap_or_default(), String::new()],
    }
}

fn rate(bytes_per_second: u64) -> String {
    format::rate(bytes_per_second as f64).joined()
}
