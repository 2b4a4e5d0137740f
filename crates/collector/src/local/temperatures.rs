use super::sensors::Reader;
use super::source::{Source, Turn};
use super::worker::Call;
use crate::{numbers, text};
use protocol::Temperature;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Sensors beyond this are left out, the last by label.
const SENSORS_MAX: usize = 64;
pub(super) const LABEL_CHARS_MAX: usize = 64;

/// No circuit works or is measured beyond, in degrees Celsius.
const CELSIUS_POSSIBLE: std::ops::Range<f64> = -100.0..250.0;

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
    listed: Option<(Instant, Reader)>,
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
            Some((at, reader)) if at.elapsed() >= LIST_EVERY => {
                reader.list();
                *at = Instant::now();
            }
            Some(_) => {}
            None => self.listed = Reader::new().map(|reader| (Instant::now(), reader)),
        }
        let listed = self.listed.as_mut();
        listed.map_or_else(Vec::new, |(_, reader)| named_apart(reader.read()))
    }
}

/// Two sensors of one label stay two, even where a platform has nothing that tells them apart.
fn named_apart(mut sensors: Vec<Temperature>) -> Vec<Temperature> {
    sensors.sort_by(|one, other| one.label.cmp(&other.label));
    sensors.truncate(SENSORS_MAX);
    let mut labels = HashSet::new();
    let sensors = sensors.into_iter().map(|reading| Temperature {
        label: text::unique(reading.label, &mut labels),
        ..reading
    });
    sensors.collect()
}

/// What a sensor says; absent if that is no temperature. What drivers say without a sensor, a fault
/// or a limit of its own is outside of what any circuit bears: 0 K, 65261.8 °C, −128 °C.
pub(super) fn reading(label: String, celsius: f64, critical: Option<f64>) -> Option<Temperature> {
    let possible = |celsius: &f64| CELSIUS_POSSIBLE.contains(celsius);
    Some(Temperature {
        label,
        celsius: numbers::tenths(celsius).filter(possible)?,
        // Another way to say that there is no limit is 0.
        critical: critical
            .and_then(numbers::tenths)
            .filter(|celsius| possible(celsius) && *celsius > 0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_temperature_is_absent() {
        let seen = |celsius, critical| {
            let reading = reading("nvme".to_owned(), celsius, critical)?;
            Some((reading.celsius, reading.critical))
        };
        assert_eq!(seen(48.26, Some(84.87)), Some((48.3, Some(84.9))));
        assert_eq!(seen(-3.0, None), Some((-3.0, None)));
        for impossible in [f64::NAN, -273.15, -273.0, -128.0, 255.0, 65_535.0] {
            assert_eq!(seen(impossible, None), None, "{impossible}");
        }
        for no_limit in [0.0, -273.2, 65_261.8, f64::INFINITY] {
            assert_eq!(seen(40.0, Some(no_limit)), Some((40.0, None)), "{no_limit}");
        }
    }

    #[test]
    fn two_sensors_of_one_label_stay_two() {
        let sensor = |celsius| reading("Composite".to_owned(), celsius, None).unwrap();
        let sensors = named_apart(vec![sensor(40.0), sensor(50.0)]);
        let seen: Vec<_> = sensors
            .iter()
            .map(|sensor| (sensor.label.as_str(), sensor.celsius))
            .collect();
        assert_eq!(seen, [("Composite", 40.0), ("Composite (2)", 50.0)]);
    }
}
