use super::random::{Random, Walk};
use crate::numbers;
use protocol::{Data, Timestamp};
use std::f64::consts::TAU;
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
    random: Random,
    due: [Duration; FIGURES.len()],
    stepped: Duration,
    visitors: Walk,
    basket: Walk,
    backlog: Walk,
    slowness: Walk,
}

impl Business {
    pub(super) fn new(random: Random) -> Self {
        let spacing = EVERY / FIGURES.len() as u32;
        Self {
            random,
            due: std::array::from_fn(|figure| spacing * figure as u32),
            stepped: Duration::ZERO,
            visitors: Walk::new(0.25, 90.0),
            basket: Walk::new(0.15, 200.0),
            backlog: Walk::new(0.9, 30.0),
            slowness: Walk::new(0.3, 8.0),
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
        self.step(at);
        let (label, unit) = FIGURES[figure];
        Some(Data {
            timestamp,
            label: label.to_owned(),
            value: numbers::tenths(self.value(figure, at))?,
            unit: unit.map(str::to_owned),
            source: Some(SOURCE.to_owned()),
        })
    }

    fn step(&mut self, at: Duration) {
        let elapsed_s = at.saturating_sub(self.stepped).as_secs_f64();
        self.stepped = at;
        for walk in [
            &mut self.visitors,
            &mut self.basket,
            &mut self.backlog,
            &mut self.slowness,
        ] {
            walk.step(&mut self.random, elapsed_s);
        }
    }

    fn value(&mut self, figure: usize, at: Duration) -> f64 {
        let day = (at.as_secs_f64() / 86_400.0 * TAU).sin();
        let visitors = 340.0 * (1.0 + 0.4 * day) * self.visitors.value().exp();
        let basket_eur = 46.0 * self.basket.value().exp();
        let orders_per_min = visitors * 0.055;
        match figure {
            0 => (visitors * 0.42 * self.random.within(0.92..1.08)).round(),
            1 => (28.0 + visitors / 40.0) * self.slowness.value().exp(),
            2 => (orders_per_min * self.random.within(0.8..1.2)).round(),
            3 => (visitors / 30.0 * self.backlog.value().exp()).round(),
            4 => visitors.round(),
            _ => orders_per_min * basket_eur,
        }
    }
}
