use super::channel;
use super::world::World;
use crate::rounding;
use protocol::{Data, Timestamp};
use std::time::Duration;

const SOURCE: &str = "shop";

/// Label and unit, in the order of [`Business::value`].
const METRICS: [(&str, Option<&str>); 6] = [
    ("Requests", Some("1/s")),
    ("Latency", Some("ms")),
    ("Orders", Some("1/min")),
    ("Queue depth", None),
    ("Active users", None),
    ("Revenue", Some("EUR/min")),
];

const EVERY: Duration = Duration::from_secs(1);

/// A web shop that reports its metrics, each once a second.
pub(super) struct Business {
    world: World,
    start_s: f64,
    due: [Duration; METRICS.len()],
}

impl Business {
    /// `start_s` is the moment of the start.
    pub(super) fn new(world: World, start_s: f64) -> Self {
        let spacing = EVERY / METRICS.len() as u32;
        Self {
            world,
            start_s,
            due: std::array::from_fn(|metric| spacing * metric as u32),
        }
    }

    /// The metric that has been due longest at `at` since the start, if any.
    pub(super) fn due(&mut self, at: Duration, timestamp: Timestamp) -> Option<Data> {
        let metric = (0..METRICS.len()).min_by_key(|&metric| self.due[metric])?;
        if self.due[metric] > at {
            return None;
        }
        // With few slots the metrics alternate; a late one is not repeated.
        self.due[metric] = (self.due[metric] + EVERY).max(at);
        self.metric(metric, self.start_s + at.as_secs_f64(), timestamp)
    }

    /// All metrics at one moment.
    pub(super) fn all(&mut self, at_s: f64, timestamp: Timestamp) -> Vec<Data> {
        let metrics = 0..METRICS.len();
        let all = metrics.filter_map(|metric| self.metric(metric, at_s, timestamp));
        all.collect()
    }

    fn metric(&mut self, metric: usize, at_s: f64, timestamp: Timestamp) -> Option<Data> {
        let (label, unit) = METRICS[metric];
        Some(Data {
            timestamp,
            label: label.to_owned(),
            value: rounding::tenths(self.value(metric, at_s))?,
            unit: unit.map(str::to_owned),
            source: Some(SOURCE.to_owned()),
            ..Data::default()
        })
    }

    fn value(&mut self, metric: usize, at_s: f64) -> f64 {
        let noise = self.world.noise;
        let visitors = self.world.visitors(at_s);
        let stuck = self.world.effects(at_s).stuck;
        let second = at_s.floor() as i64;
        // A visitor who waits for a response sends no request.
        let served = 1.0 - 0.7 * stuck;
        let orders_per_min = visitors * 0.055 * served;
        match metric {
            0 => {
                let around = noise.within(channel::REQUESTS, second, 0.92..1.08);
                (visitors * 0.42 * served * around).round()
            }
            1 => self.world.latency_ms(at_s),
            2 => {
                let around = noise.within(channel::ORDERS, second, 0.8..1.2);
                (orders_per_min * around).round()
            }
            3 => {
                let backlog = (0.7 * noise.wander(channel::QUEUE, at_s, 20.0)).exp();
                (visitors / 30.0 * backlog * (1.0 + 30.0 * stuck)).round()
            }
            4 => visitors.round(),
            _ => {
                let basket_eur = 46.0 * (0.15 * noise.wander(channel::BASKET, at_s, 200.0)).exp();
                orders_per_min * basket_eur
            }
        }
    }
}
