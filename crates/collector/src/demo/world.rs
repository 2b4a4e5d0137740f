use super::calendar::{DAY_S, HOUR_S, MINUTE_S, Weekday};
use super::channel;
use super::noise::Noise;
use super::schedule::{self, Effects, Schedule};

pub(super) const CORES: usize = 8;

/// The number of visitors by the hour, relative to noon.
const BY_HOUR: [f64; 24] = [
    0.32, 0.22, 0.17, 0.15, 0.16, 0.22, 0.35, 0.52, 0.70, 0.84, 0.93, 0.98, 1.0, 0.95, 0.92, 0.93,
    0.96, 1.0, 1.05, 1.12, 1.15, 1.0, 0.75, 0.5,
];

/// At most one burst starts in this time, which is longer than any burst.
const BURST_EVERY_S: f64 = 90.0;
/// How long a burst rises and falls.
const BURST_RAMP_S: f64 = 1.5;

/// All values that are a function of the seed and the time only. Times are in seconds since the Unix epoch,
/// on the simulated host's clock.
pub(super) struct World {
    pub(super) noise: Noise,
    schedule: Schedule,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let noise = Noise::new(seed);
        Self {
            noise,
            schedule: Schedule::new(noise),
        }
    }

    pub(super) fn effects(&mut self, at_s: f64) -> Effects {
        self.schedule.effects(at_s)
    }

    /// The number of visitors, relative to a usual noon.
    pub(super) fn traffic(&mut self, at_s: f64) -> f64 {
        let hours = at_s / HOUR_S;
        let at_hour = |hour: i64| BY_HOUR[hour.rem_euclid(24) as usize];
        let by_hour = joined(hours, at_hour);
        // A day has its full weight at noon.
        let noise = self.noise;
        let by_day = joined(at_s / DAY_S - 0.5, |day| {
            let usual = match Weekday::of(day) {
                Weekday::Saturday => 0.74,
                Weekday::Sunday => 0.8,
                Weekday::Friday => 0.97,
                Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => 1.0,
            };
            usual * noise.within(channel::DAY, day, 0.94..1.06)
        });
        by_hour * by_day * self.effects(at_s).visitors
    }

    /// Percent of each core.
    pub(super) fn cores(&mut self, at_s: f64) -> [f64; CORES] {
        let noise = self.noise;
        let effects = self.effects(at_s);
        let traffic = self.traffic(at_s);
        let usual = 8.0
            + 34.0 * traffic * schedule::version_cost(noise, at_s)
            + 4.0 * noise.wander(channel::CPU, at_s, 15.0)
            + 2.0 * noise.wander(channel::CPU_SLOW, at_s, 10.0 * MINUTE_S)
            + self.bursts(at_s) * (0.5 + 0.5 * traffic.min(1.0))
            + effects.cpu;
        let total = usual + (97.0 - usual) * effects.stuck;
        let total = total.clamp(2.0, 97.0);
        // A core varies less the closer the CPU is to idle or full.
        let room = (total.min(100.0 - total) / 30.0).min(1.0);
        std::array::from_fn(|core| {
            let stray = 10.0 * noise.wander(channel::CORES + core as u64, at_s, 5.0);
            (total + stray * room).clamp(0.0, 100.0)
        })
    }

    /// Tasks that keep the machine busy for some seconds, in percent.
    fn bursts(&self, at_s: f64) -> f64 {
        let noise = self.noise;
        let cell = (at_s / BURST_EVERY_S).floor() as i64;
        let burst = |cell: i64| {
            if noise.uniform(channel::BURST_CHANCE, cell) > 0.7 {
                return 0.0;
            }
            let start_s = (cell as f64 + noise.uniform(channel::BURST_START, cell)) * BURST_EVERY_S;
            let duration_s = noise.within(channel::BURST_DURATION, cell, 4.0..25.0);
            let height = noise.within(channel::BURST_HEIGHT, cell, 15.0..60.0);
            let since_s = at_s - start_s;
            if since_s <= 0.0 || since_s > duration_s + 10.0 * BURST_RAMP_S {
                return 0.0;
            }
            let risen = 1.0 - (-since_s.min(duration_s) / BURST_RAMP_S).exp();
            let fallen = (-(since_s - duration_s).max(0.0) / BURST_RAMP_S).exp();
            height * risen * fallen
        };
        burst(cell) + burst(cell - 1)
    }

    /// The share of memory in use. The search service leaks, and is restarted from time to time.
    pub(super) fn memory(&mut self, at_s: f64) -> f64 {
        const LEAKED_PER_HOUR: f64 = 0.0046;
        let leaked = LEAKED_PER_HOUR * schedule::search_uptime_s(at_s) / HOUR_S;
        let wander = 0.004 * self.noise.wander(channel::MEMORY, at_s, 60.0);
        let share = 0.44 + 0.04 * self.traffic(at_s) + leaked + wander;
        share + 0.05 * self.effects(at_s).stuck
    }

    /// The shares of `/` and `/srv` in use, which backups fill until old ones are removed.
    pub(super) fn disks(&self, at_s: f64) -> [f64; 2] {
        const BACKUP_SHARE: f64 = 1.0 / 30.0;
        let root = 0.58 + 0.07 * schedule::growth(at_s);
        let srv = 0.69 + BACKUP_SHARE * schedule::backups_stored(self.noise, at_s);
        [root, srv]
    }

    /// The shop's response time, in milliseconds.
    pub(super) fn latency_ms(&mut self, at_s: f64) -> f64 {
        let slowness = (0.3 * self.noise.wander(channel::LATENCY, at_s, 8.0)).exp();
        (28.0 + self.visitors(at_s) / 40.0) * slowness * self.effects(at_s).latency
    }

    pub(super) fn visitors(&mut self, at_s: f64) -> f64 {
        let wander = (0.12 * self.noise.wander(channel::VISITORS, at_s, 60.0)).exp();
        360.0 * self.traffic(at_s) * wander
    }
}

/// Interpolates smoothly between values at whole numbers.
fn joined(place: f64, at: impl Fn(i64) -> f64) -> f64 {
    let whole = place.floor();
    let part = place - whole;
    let (one, other) = (at(whole as i64), at(whole as i64 + 1));
    one + (other - one) * part * part * (3.0 - 2.0 * part)
}
