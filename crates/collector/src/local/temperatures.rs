use super::source::{Source, Turn};
use super::worker::Call;
use crate::{numbers, text};
use protocol::Temperature;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use sysinfo::Components;

/// Sensors beyond this are left out, the last by label.
const SENSORS_MAX: usize = 64;
const LABEL_CHARS_MAX: usize = 64;

/// Some sensors take milliseconds to answer, and no heat sink changes faster.
const READ_EVERY: Duration = Duration::from_secs(2);
/// Finding the sensors reads several files for each, and few are ever plugged in.
const LIST_EVERY: Duration = Duration::from_secs(60);
/// How old readings may be that are still shown.
const FRESH: Duration = Duration::from_secs(10);

/// The temperature sensors. Each reading is a driver's transaction on a bus, which may take long.
pub(super) struct Temperatures {
    source: Source<Sensors, Vec<Temperature>>,
    asked: Option<Instant>,
    newest: Option<(Instant, Vec<Temperature>)>,
}

/// The sensors of this host, and when they were looked for.
#[derive(Default)]
struct Sensors {
    listed: Option<(Instant, Components)>,
}

impl Temperatures {
    pub(super) fn new() -> Self {
        Self {
            source: Source::new(Sensors::default()),
            asked: None,
            newest: None,
        }
    }

    pub(super) fn due(&mut self, now: Instant) -> Option<Call> {
        if self.asked.is_some_and(|asked| now - asked < READ_EVERY) {
            return None;
        }
        let call = self.source.ask(Sensors::read)?;
        self.asked = Some(now);
        Some(call)
    }

    pub(super) fn sample(&mut self, now: Instant) -> Vec<Temperature> {
        if let Some(readings) = self.source.take() {
            self.newest = Some((now, readings));
        }
        let newest = self.newest.as_ref().filter(|(at, _)| now - *at <= FRESH);
        newest.map_or_else(Vec::new, |(_, readings)| readings.clone())
    }

    pub(super) fn turn(&mut self, now: Instant) -> Option<Turn> {
        self.source.turn(now, false)
    }
}

impl Sensors {
    fn read(&mut self) -> Vec<Temperature> {
        match &mut self.listed {
            Some((at, components)) if at.elapsed() < LIST_EVERY => {
                for component in components.iter_mut() {
                    component.refresh();
                }
            }
            listed => {
                let components = Components::new_with_refreshed_list().ok();
                *listed = components.map(|components| (Instant::now(), components));
            }
        }
        let listed = self.listed.as_ref();
        listed.map_or_else(Vec::new, |(_, components)| readings(components))
    }
}

fn readings(components: &Components) -> Vec<Temperature> {
    let sensors = components.iter().filter_map(|sensor| {
        let reading = reading(sensor.label(), sensor.temperature(), sensor.critical())?;
        Some((reading, sensor.id().unwrap_or_default()))
    });
    named_apart(sensors.collect())
}

/// Two disks of one model have sensors with one label; the kernel's own name of each, which is not
/// for people, orders them.
fn named_apart(mut sensors: Vec<(Temperature, &str)>) -> Vec<Temperature> {
    sensors.sort_by(|(one, one_id), (other, other_id)| {
        (&one.label, one_id).cmp(&(&other.label, other_id))
    });
    sensors.truncate(SENSORS_MAX);
    let mut labels = HashSet::new();
    let sensors = sensors.into_iter().map(|(reading, _)| Temperature {
        label: text::unique(reading.label, &mut labels),
        ..reading
    });
    sensors.collect()
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

    #[test]
    fn sensors_with_one_label_stay_two() {
        let sensor = |label: &str, celsius| reading(label, Some(celsius), None).unwrap();
        let named = named_apart(vec![
            (sensor("nvme Composite", 41.0), "hwmon3_1"),
            (sensor("coretemp", 50.0), "hwmon0_1"),
            (sensor("nvme Composite", 39.0), "hwmon2_1"),
        ]);
        let named: Vec<_> = named
            .iter()
            .map(|sensor| (sensor.label.as_str(), sensor.celsius))
            .collect();
        let expected = [
            ("coretemp", 50.0),
            ("nvme Composite", 39.0),
            ("nvme Composite (2)", 41.0),
        ];
        assert_eq!(named, expected);
    }
}
