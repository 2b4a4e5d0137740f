//! The schedule of the simulated host: a function of the seed and the calendar.

use super::calendar::{
    DAY_S, HOUR_S, MINUTE_S, WEEK_S, Weekday, day, hour, monday, since_weekly, week,
};
use super::channel;
use super::noise::Noise;

/// How long occurrences take to reach full strength; abrupt steps would look unrealistic in charts.
const RAMP_S: f64 = 25.0;

/// The longest occurrence.
const DURATION_MAX_S: f64 = 3.0 * HOUR_S;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each night: reads `/` and writes `/srv`.
    Backup,
    /// Each Tuesday: a report locks a table, and the shop stalls.
    Incident,
    /// Twice a week: another version, which uses more or less CPU than the previous one.
    Deploy,
    /// Each Friday evening: more visitors.
    Campaign,
    /// Each hour, for a minute.
    Export,
    /// Each Sunday: old backups are removed.
    Cleanup,
    /// Twice a week: the search service is restarted, which frees the memory that it leaked.
    SearchRestart,
    /// Each Sunday, for a kernel update.
    Reboot,
}

/// One occurrence of a scheduled activity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Occurrence {
    pub(super) kind: Kind,
    /// The number of its day or week, which seeds its random variations.
    pub(super) number: i64,
    pub(super) start_s: f64,
    pub(super) end_s: f64,
}

/// The combined effects of all current occurrences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effects {
    /// Added to the CPU usage, in percent.
    pub(super) cpu: f64,
    /// How far the shop is stalled, from 0 to 1.
    pub(super) stuck: f64,
    /// The factor of the number of visitors.
    pub(super) visitors: f64,
    /// The factor of the response time.
    pub(super) latency: f64,
    /// A backup, from 0 to 1.
    pub(super) backup: f64,
    /// The hourly export.
    pub(super) export: f64,
    /// A deployment.
    pub(super) deploy: f64,
}

/// Whether the effects are visible in the list of processes.
pub(super) fn affects_processes(effects: &Effects) -> bool {
    effects.stuck > 0.0 || effects.deploy > 0.0 || effects.export > 0.0
}

const NO_EFFECTS: Effects = Effects {
    cpu: 0.0,
    stuck: 0.0,
    visitors: 1.0,
    latency: 1.0,
    backup: 0.0,
    export: 0.0,
    deploy: 0.0,
};

const REBOOT_S: f64 = Weekday::Sunday.at(4, 0);
const CLEANUP_S: f64 = Weekday::Sunday.at(5, 0);
const CLEANUP_DURATION_S: f64 = 6.0 * MINUTE_S;
const DEPLOY_DURATION_S: f64 = 5.0 * MINUTE_S;
const SEARCH_RESTARTS_S: [f64; 2] = [Weekday::Wednesday.at(15, 40), Weekday::Saturday.at(9, 20)];

/// Caches the occurrences of the last requested hour.
pub(super) struct Schedule {
    noise: Noise,
    hour: i64,
    /// The occurrences that overlap that hour.
    near: Vec<Occurrence>,
}

impl Schedule {
    pub(super) fn new(noise: Noise) -> Self {
        Self {
            noise,
            hour: i64::MIN,
            near: Vec::new(),
        }
    }

    pub(super) fn effects(&mut self, at_s: f64) -> Effects {
        let mut effects = NO_EFFECTS;
        for occurrence in self.near(at_s) {
            occurrence.add_to(&mut effects, at_s);
        }
        effects
    }

    fn near(&mut self, at_s: f64) -> &[Occurrence] {
        if hour(at_s) != self.hour {
            self.hour = hour(at_s);
            let start_s = self.hour as f64 * HOUR_S;
            self.near = between(self.noise, start_s, start_s + HOUR_S);
        }
        &self.near
    }
}

/// The occurrences that overlap a time range, ordered by their start.
pub(super) fn between(noise: Noise, from_s: f64, to_s: f64) -> Vec<Occurrence> {
    let days = day(from_s - DURATION_MAX_S)..=day(to_s);
    let all = days.flat_map(|day| of_day(noise, day));
    let mut near: Vec<_> = all
        .filter(|it| it.start_s < to_s && it.end_s >= from_s)
        .collect();
    near.sort_by(|one, other| one.start_s.total_cmp(&other.start_s));
    near
}

fn of_day(noise: Noise, day: i64) -> Vec<Occurrence> {
    use Weekday::{Friday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let midnight_s = day as f64 * DAY_S;
    let weekday = Weekday::of(day);
    let week = week(day);
    let mut all = Vec::with_capacity(28);
    let mut add = |kind, number, from_midnight_s: f64, duration_s: f64| {
        let start_s = midnight_s + from_midnight_s;
        all.push(Occurrence {
            kind,
            number,
            start_s,
            end_s: start_s + duration_s,
        });
    };
    for hour in 0..24_i64 {
        let duration_s = noise.within(channel::EXPORT, day * 24 + hour, 60.0..110.0);
        add(
            Kind::Export,
            day * 24 + hour,
            hour as f64 * HOUR_S + 15.0 * MINUTE_S,
            duration_s,
        );
    }
    let (start_s, duration_s) = backup(noise, day);
    add(Kind::Backup, day, start_s - midnight_s, duration_s);
    match weekday {
        Tuesday | Thursday => {
            let number = 2 * week + i64::from(weekday == Thursday);
            let start_s = deploy_start_s(noise, number) - midnight_s;
            add(Kind::Deploy, number, start_s, DEPLOY_DURATION_S);
        }
        Friday => add(Kind::Campaign, week, 18.0 * HOUR_S, 90.0 * MINUTE_S),
        Weekday::Monday | Wednesday | Saturday | Sunday => {}
    }
    if weekday == Tuesday {
        let duration_s = noise.within(channel::INCIDENT, week, 14.0..24.0) * MINUTE_S;
        add(
            Kind::Incident,
            week,
            3.0 * HOUR_S + 12.0 * MINUTE_S,
            duration_s.floor(),
        );
    }
    if weekday == Sunday {
        add(Kind::Reboot, week, 4.0 * HOUR_S, MINUTE_S);
        add(Kind::Cleanup, week, 5.0 * HOUR_S, CLEANUP_DURATION_S);
    }
    for time_s in SEARCH_RESTARTS_S {
        let time_s = time_s - weekday.at(0, 0);
        if (0.0..DAY_S).contains(&time_s) {
            add(Kind::SearchRestart, week, time_s, 20.0);
        }
    }
    all
}

/// Start and duration of a day's backup.
fn backup(noise: Noise, day: i64) -> (f64, f64) {
    let late_s = noise.within(channel::BACKUP_START, day, 0.0..90.0).floor();
    let duration_s = noise.within(channel::BACKUP, day, 32.0..47.0) * MINUTE_S;
    (
        day as f64 * DAY_S + 2.0 * HOUR_S + late_s,
        duration_s.floor(),
    )
}

/// The start of a deployment: even numbers on Tuesday, odd ones on Thursday.
fn deploy_start_s(noise: Noise, number: i64) -> f64 {
    let weekday = [Weekday::Tuesday, Weekday::Thursday][number.rem_euclid(2) as usize];
    let day = monday(number.div_euclid(2)) + weekday as i64;
    let late_s = noise
        .within(channel::DEPLOY_START, number, 0.0..900.0)
        .floor();
    day as f64 * DAY_S + 10.0 * HOUR_S + late_s
}

/// The name of a version.
pub(super) fn version(number: i64) -> String {
    format!(
        "4.{}.{}",
        number.div_euclid(2).rem_euclid(100),
        number.rem_euclid(2)
    )
}

/// The CPU usage of the current version, relative to the average.
pub(super) fn version_cost(noise: Noise, at_s: f64) -> f64 {
    // The first version of a week increases it, the second mostly reverts that.
    let cost = |number: i64| {
        let more = if number.rem_euclid(2) == 0 { 0.2 } else { 0.0 };
        0.92 + more + noise.within(channel::DEPLOY, number, -0.06..0.06)
    };
    let mut number = 2 * week(day(at_s)) + 1;
    while deploy_start_s(noise, number) > at_s {
        number -= 1;
    }
    let part = ((at_s - deploy_start_s(noise, number)) / DEPLOY_DURATION_S).min(1.0);
    cost(number - 1) + (cost(number) - cost(number - 1)) * part
}

/// Seconds since the host was started.
pub(super) fn uptime_s(at_s: f64) -> f64 {
    since_weekly(at_s, REBOOT_S)
}

/// Seconds since the search service was started, with the host or alone.
pub(super) fn search_uptime_s(at_s: f64) -> f64 {
    let restarts = SEARCH_RESTARTS_S.map(|time_s| since_weekly(at_s, time_s));
    restarts.into_iter().fold(uptime_s(at_s), f64::min)
}

/// The number of backups since the last cleanup, with the fraction of the current one. It decreases during
/// a cleanup.
pub(super) fn backups_stored(noise: Noise, at_s: f64) -> f64 {
    let since_s = since_weekly(at_s, CLEANUP_S);
    if since_s < CLEANUP_DURATION_S {
        return 7.0 * (1.0 - since_s / CLEANUP_DURATION_S);
    }
    let today = day(at_s);
    let first = day(at_s - since_s) + 1;
    let whole = (today - first).max(0) as f64;
    if today < first {
        return 0.0;
    }
    let (start_s, duration_s) = backup(noise, today);
    whole + ((at_s - start_s) / duration_s).clamp(0.0, 1.0)
}

/// The growth since the last cleanup, as a fraction of a week's.
pub(super) fn growth(at_s: f64) -> f64 {
    let since_s = since_weekly(at_s, CLEANUP_S);
    if since_s < CLEANUP_DURATION_S {
        return 1.0 - since_s / CLEANUP_DURATION_S;
    }
    (since_s - CLEANUP_DURATION_S) / (WEEK_S - CLEANUP_DURATION_S)
}

impl Occurrence {
    /// Its strength at a moment, from 0 to 1.
    fn strength(&self, at_s: f64) -> f64 {
        let ramp_s = RAMP_S.min((self.end_s - self.start_s) / 3.0);
        let inside_s = (at_s - self.start_s).min(self.end_s - at_s);
        (inside_s / ramp_s).clamp(0.0, 1.0)
    }

    fn add_to(&self, effects: &mut Effects, at_s: f64) {
        let strength = self.strength(at_s);
        match self.kind {
            Kind::Backup => {
                effects.cpu += 12.0 * strength;
                effects.backup = strength;
            }
            Kind::Incident => {
                effects.stuck = strength;
                effects.latency *= 1.0 + 8.0 * strength;
            }
            Kind::Deploy => {
                effects.cpu += 18.0 * strength;
                effects.latency *= 1.0 + 0.4 * strength;
                effects.deploy = strength;
            }
            Kind::Campaign => {
                // Visitors arrive and leave slowly.
                let inside_s = (at_s - self.start_s).min(self.end_s - at_s);
                effects.visitors *= 1.0 + 0.7 * (inside_s / (20.0 * MINUTE_S)).clamp(0.0, 1.0);
            }
            Kind::Export => {
                effects.cpu += 9.0 * strength;
                effects.export = strength;
            }
            Kind::Cleanup => effects.cpu += 4.0 * strength,
            Kind::SearchRestart | Kind::Reboot => effects.cpu += 25.0 * strength,
        }
    }
}
