use super::sensors::Reader;
use super::source::{Source, Transition};
use super::worker::Call;
use crate::{rounding, text};
use protocol::Temperature;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// The maximum number of sensors, by label.
const SENSORS_MAX: usize = 64;
pub(super) const LABEL_CHARS_MAX: usize = 64;

/// The plausible range of temperatures, in degrees Celsius.
const CELSIUS_POSSIBLE: std::ops::Range<f64> = -100.0..250.0;

/// How often temperatures are read, since some sensors take milliseconds.
const READ_EVERY: Duration = Duration::from_secs(2);
/// How often sensors are discovered, which reads several files for each.
const LIST_EVERY: Duration = Duration::from_secs(60);
/// The maximum age of readings in a sample.
const FRESH: Duration = Duration::from_secs(10);

/// The temperature sensors. Each reading is a bus transaction, which may take long.
pub(super) struct Temperatures {
    source: Source<Sensors, Vec<Temperature>>,
    requested_at: Option<Instant>,
    newest: Option<(Instant, Vec<Temperature>)>,
}

/// The sensors of this host, and when they were discovered.
#[derive(Default)]
struct Sensors {
    listed: Option<(Instant, Reader)>,
}

impl Temperatures {
    pub(super) fn new() -> Self {
        Self {
            source: Source::new(Sensors::default()),
            requested_at: None,
            newest: None,
        }
    }

    pub(super) fn due(&mut self, now: Instant) -> Option<Call> {
        if self
            .requested_at
            .is_some_and(|requested_at| now - requested_at < READ_EVERY)
        {
            return None;
        }
        let call = self.source.start_read(Sensors::read)?;
        self.requested_at = Some(now);
        Some(call)
    }

    pub(super) fn sample(&mut self, now: Instant) -> Vec<Temperature> {
        if let Some(readings) = self.source.take() {
            self.newest = Some((now, readings));
        }
        let newest = self.newest.as_ref().filter(|(at, _)| now - *at <= FRESH);
        newest.map_or_else(Vec::new, |(_, readings)| readings.clone())
    }

    pub(super) fn transition(&mut self, now: Instant) -> Option<Transition> {
        self.source.transition(now, false)
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

/// Makes equal labels distinct.
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

/// The temperature of a sensor; absent if it is not plausible. Without a sensor or a limit, drivers report
/// values such as 0 K, 65261.8 °C or −128 °C.
pub(super) fn reading(label: String, celsius: f64, critical: Option<f64>) -> Option<Temperature> {
    let possible = |celsius: &f64| CELSIUS_POSSIBLE.contains(celsius);
    Some(Temperature {
        label,
        celsius: rounding::tenths(celsius).filter(possible)?,
        // 0 means no limit, too.
        critical: critical
            .and_then(rounding::tenths)
            .filter(|celsius| possible(celsius) && *celsius > 0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implausible_temperatures_are_absent() {
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
    fn sensors_with_equal_labels_become_distinct() {
        let sensor = |celsius| reading("Composite".to_owned(), celsius, None).unwrap();
        let sensors = named_apart(vec![sensor(40.0), sensor(50.0)]);
        let seen: Vec<_> = sensors
            .iter()
            .map(|sensor| (sensor.label.as_str(), sensor.celsius))
            .collect();
        assert_eq!(seen, [("Composite", 40.0), ("Composite (2)", 50.0)]);
    }
}
