//! The temperature sensors of `sysinfo`.

use super::temperatures::{LABEL_CHARS_MAX, reading};
use crate::text;
use protocol::Temperature;
use sysinfo::Components;

pub(super) struct Reader {
    components: Components,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        let components = Components::new_with_refreshed_list().ok()?;
        Some(Self { components })
    }

    /// Discovers sensors.
    pub(super) fn list(&mut self) {
        self.components.refresh(true);
    }

    pub(super) fn read(&mut self) -> Vec<Temperature> {
        let sensors = self.components.iter_mut();
        sensors
            .filter_map(|sensor| {
                sensor.refresh();
                let critical = sensor.critical().map(f64::from);
                let label = text::bounded(sensor.label().trim(), LABEL_CHARS_MAX);
                reading(label, sensor.temperature()?.into(), critical)
            })
            .collect()
    }
}
