use super::channel;
use super::world::World;
use crate::numbers;
use protocol::{Data, Timestamp};
use std::time::Duration;

const SOURCE: &str = "shop";

/// Label and unit, in the order of [`Business::value`].
const FIGURES: [(&str, Option<&str>); 6] = [
    ("Requests", Some("1/s")),
    ("Latency", Some("ms")),
    ("Orders", Some("1/min")),
    ("Queue depth", None),
    ("Active users", None),
    ("Revenue", Some("EUR/min")),
];

const EVERY: Duration = Duration::from_secs(1);

/// A web shop that reports how it is doing, each figure once a second.
pub(super) struct Business {
    world: World,
    start_s: f64,
    due: [Duration; FIGURES.len()],
}

impl Business {
    /// `start_s` is the moment of the start.
    pub(super) fn new(world: World, start_s: f64) -> Self {
        let spacing = EVERY / FIGURES.len() as u32;
        Self {
            world,
            start_s,
            due: std::array::from_fn(|figure| spacing * figure as u32),
        }
    }

    /// The figure that has been due longest, if any is at `at` since the start.
    pub(super) fn due(&mut self, at: Duration, timestamp: Timestamp) -> Option<Data> {
        let figure = (0..FIGURES.len()).min_by_key(|&figure| self.due[figure])?;
        if self.due[figure] > at {
            return None;
        }
        // Where slots are few the figures take turns; nobody wants one twice to catch up.
        self.due[figure] = (self.due[figure] + EVERY).max(at);
        self.figure(figure, self.start_s + at.as_secs_f64(), timestamp)
    }

    /// All figures of one moment.
    pub(super) fn all(&mut self, at_s: f64, timestamp: Timestamp) -> Vec<Data> {
        let figures = 0..FIGURES.len();
        let all = figures.filter_map(|figure| self.figure(figure, at_s, timestamp));
        all.collect()
    }

    fn figure(&mut self, figure: usize, at_s: f64, timestamp: Timestamp) -> Option<Data> {
        let (label, unit) = FIGURES[figure];
        Some(Data {
            timestamp,
            label: label.to_owned(),
            value: numbers::tenths(self.value(figure, at_s))?,
            unit: unit.map(str::to_owned),
            source: Some(SOURCE.to_owned()),
            ..Data::default()
        })
    }

    fn value(&mut self, figure: usize, at_s: f64) -> f64 {
        let noise = self.world.noise;
        let visitors = self.world.visitors(at_s);
        let stuck = self.world.effects(at_s).stuck;
        let second = at_s.floor() as i64;
        // Who waits for an answer neither asks again nor buys.
        let served = 1.0 - 0.7 * stuck;
        let orders_per_min = visitors * 0.055 * served;
        match figure {
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
