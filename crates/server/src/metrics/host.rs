//! The host's metrics under the names, types and labels of Prometheus's node_exporter, so that dashboards and rules
//! for it work. `docs/operations.md` lists what differs.

use super::Exposition;
use crate::app::App;
use access::Access;
use collector::{CPU_MODES, HostCounters};
use protocol::{Durable, Metrics, OWN_HOST_ALIAS, Stream, Timestamp};

/// A sample is too old when this and three of its intervals have passed, as for `/readyz`.
const LATE_MS: u64 = 5_000;

/// What is known of the own host: nothing while it is not sampled, or not visible. The number of disks, interfaces and sensors is
/// limited by the collector.
pub(crate) fn write_host(out: &mut Exposition, app: &App, access: &Access) {
    let Some(sample) = newest_sample(app, access) else {
        return;
    };
    if let Some(counters) = app.hub().metrics().host() {
        write_counters(out, &counters);
    }
    write_sample(out, &sample);
}

fn newest_sample(app: &App, access: &Access) -> Option<Metrics> {
    let wanted = [(Stream::Metrics, 1, OWN_HOST_ALIAS)];
    let (_, newest) = app.hub().journal().newest(&wanted, access);
    let Ok(Durable::Metrics(sample)) = Durable::from_json(newest.first()?.json()) else {
        return None;
    };
    let age_ms = Timestamp::now().unix_ms() - sample.timestamp.unix_ms();
    let is_late = age_ms > (LATE_MS + 3 * sample.interval_ms) as i64;
    (!is_late).then_some(sample)
}

fn write_counters(out: &mut Exposition, counters: &HostCounters) {
    let mut cpu = out.counter(
        "node_cpu_seconds_total",
        "Seconds the CPUs spent in each mode.",
    );
    for core in &counters.cores {
        let number = core.core.to_string();
        for (mode, seconds) in CPU_MODES.iter().zip(core.seconds) {
            cpu.add(&[("cpu", &number), ("mode", mode)], seconds);
        }
    }
    if let Some(at) = counters.boot_time_seconds {
        out.gauge("node_boot_time_seconds", "Node boot time, in unixtime.")
            .count(&[], at);
    }
    let mut read = out.counter(
        "node_disk_read_bytes_total",
        "The total number of bytes read successfully.",
    );
    for device in &counters.devices {
        read.count(&[("device", &device.name)], device.read_bytes);
    }
    let mut written = out.counter(
        "node_disk_written_bytes_total",
        "The total number of bytes written successfully.",
    );
    for device in &counters.devices {
        written.count(&[("device", &device.name)], device.written_bytes);
    }
    write_filesystems(out, counters);
}

fn write_filesystems(out: &mut Exposition, counters: &HostCounters) {
    /// A value of a filesystem's total, used and available bytes.
    type Value = fn(u64, u64, u64) -> u64;
    let families: [(_, _, Value); 3] = [
        (
            "node_filesystem_size_bytes",
            "Filesystem size in bytes.",
            |total, _, _| total,
        ),
        (
            "node_filesystem_free_bytes",
            "Filesystem free space in bytes.",
            |total, used, _| total.saturating_sub(used),
        ),
        (
            "node_filesystem_avail_bytes",
            "Filesystem space available to non-root users in bytes.",
            |_, _, available| available,
        ),
    ];
    for (name, help, value) in families {
        let mut family = out.gauge(name, help);
        for filesystem in &counters.filesystems {
            let labels = [
                ("device", filesystem.source.as_str()),
                ("fstype", &filesystem.kind),
                ("mountpoint", &filesystem.mount),
            ];
            let bytes = value(
                filesystem.total_bytes,
                filesystem.used_bytes,
                filesystem.available_bytes,
            );
            family.count(&labels, bytes);
        }
    }
}

fn write_sample(out: &mut Exposition, sample: &Metrics) {
    if let Some(load) = sample.load {
        out.gauge("node_load1", "1m load average.")
            .add(&[], load.one);
        out.gauge("node_load5", "5m load average.")
            .add(&[], load.five);
        out.gauge("node_load15", "15m load average.")
            .add(&[], load.fifteen);
    }
    if let Some(memory) = sample.memory_bytes {
        out.gauge(
            "node_memory_MemTotal_bytes",
            "Memory information field MemTotal_bytes.",
        )
        .count(&[], memory.total);
        out.gauge(
            "node_memory_MemAvailable_bytes",
            "Memory information field MemAvailable_bytes.",
        )
        .count(&[], memory.total - memory.used);
    }
    if let Some(swap) = sample.swap_bytes {
        out.gauge(
            "node_memory_SwapTotal_bytes",
            "Memory information field SwapTotal_bytes.",
        )
        .count(&[], swap.total);
        out.gauge(
            "node_memory_SwapFree_bytes",
            "Memory information field SwapFree_bytes.",
        )
        .count(&[], swap.total - swap.used);
    }
    let mut recv = out.counter(
        "node_network_receive_bytes_total",
        "Network device statistic receive_bytes.",
    );
    for interface in &sample.interfaces {
        recv.count(&[("device", &interface.name)], interface.recv_total_bytes);
    }
    let mut sent = out.counter(
        "node_network_transmit_bytes_total",
        "Network device statistic transmit_bytes.",
    );
    for interface in &sample.interfaces {
        sent.count(&[("device", &interface.name)], interface.sent_total_bytes);
    }
    let mut temperature = out.gauge(
        "watchroom_host_temperature_celsius",
        "Temperature of a sensor of the host.",
    );
    for sensor in &sample.temperatures {
        temperature.add(&[("sensor", &sensor.label)], sensor.celsius);
    }
    out.gauge(
        "node_time_seconds",
        "System time in seconds since epoch (1970).",
    )
    .add(&[], sample.timestamp.unix_ms() as f64 / 1e3);
}
