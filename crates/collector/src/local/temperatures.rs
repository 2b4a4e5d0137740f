use crate::{numbers, text};
use protocol::Temperature;
use std::time::{Duration, Instant};
use sysinfo::Components;

/// Sensors beyond this are left out, the last by label.
const SENSORS_MAX: usize = 64;
const LABEL_CHARS_MAX: usize = 64;

/// Some sensors take milliseconds to answer, and no heat sink changes faster.
const READ_EVERY: Duration = Duration::from_secs(2);
/// Finding the sensors reads several files for each, and few are ever plugged in.
const LIST_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Sampler {
    components: Components,
    listed: Instant,
    read: Instant,
    temperatures: Vec<Temperature>,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let components = Components::new_with_refreshed_list().ok()?;
        let now = Instant::now();
        Some(Self {
            temperatures: readings(&components),
            components,
            listed: now,
            read: now,
        })
    }

    pub(super) fn sample(&mut self) -> Vec<Temperature> {
        if self.listed.elapsed() >= LIST_EVERY {
            self.components.refresh(true);
            self.listed = Instant::now();
            self.read = self.listed;
            self.temperatures = readings(&self.components);
        } else if self.read.elapsed() >= READ_EVERY {
            for component in &mut self.components {
                component.refresh();
            }
            self.read = Instant::now();
            self.temperatures = readings(&self.components);
        }
        self.temperatures.clone()
    }
}

fn readings(components: &Components) -> Vec<Temperature> {
    let mut temperatures: Vec<_> = components
        .iter()
        .filter_map(|sensor| reading(sensor.label(), sensor.temperature(), sensor.critical()))
        .collect();
    temperatures.sort_by(|one, other| one.label.cmp(&other.label));
    temperatures.truncate(SENSORS_MAX);
    temperatures
}

/// Absent if the sensor has nothing to say just now.
fn reading(label: &str, celsius: Option<f32>, critical: Option<f32>) -> Option<Temperature> {
    Some(Temperature {
        label: text::bounded(label.trim(), LABEL_CHARS_MAX),
        celsius: numbers::tenths(celsius?.into())?,
        // A driver without a limit of its own often says 0.
        critical: critical
            .and_then(|celsius| numbers::tenths(celsius.into()))
            .filter(|&celsius| celsius > 0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_without_a_value_is_absent() {
        assert_eq!(reading("k10temp", None, None), None);
        assert_eq!(reading("k10temp", Some(f32::NAN), Some(90.0)), None);
        assert_eq!(
            reading(" k10temp Tctl ", Some(48.26), Some(0.0)),
            Some(Temperature {
                label: "k10temp Tctl".to_owned(),
                celsius: 48.3,
                critical: None,
            })
        );
        let limited = reading("nvme", Some(-3.0), Some(84.87)).unwrap();
        assert_eq!((limited.celsius, limited.critical), (-3.0, Some(84.9)));
    }
}
