//! CPU usage by core, from the times in `/proc/stat`. `sysinfo` identifies a core by its position in that
//! file, which shifts when a core goes offline.

use super::proc_file::{columns, lines, number, read_into};
use crate::{CoreTimes, rounding};
use protocol::CORES_MAX;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The shortest time between two readings, since kernels count in steps of 10 ms.
const INTERVAL_MIN: Duration = Duration::from_millis(200);

/// How far a core's times may decrease without a reset, in seconds: I/O wait does (proc_stat(5)), and idle
/// time was observed to.
const BACK_SECONDS_MAX: u64 = 3;

/// Times that grow faster than this multiple of the clock are invalid.
const PACE_MAX: f64 = 2.0;
/// The tolerance for a step left over from the previous interval.
const PACE_SLACK_SECONDS: f64 = 1.0;

pub(super) struct Sampler {
    path: PathBuf,
    buffer: Vec<u8>,
    ticks_per_second: u64,
    times: Times,
    read: Instant,
    last: Option<Cpu>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cpu {
    pub(super) total: Option<f64>,
    /// Indexed by the core's number; an offline core is `None`.
    pub(super) cores: Vec<Option<f64>>,
    /// Of online cores, by their numbers.
    pub(super) times: Vec<CoreTimes>,
}

/// The kernel's counters, in ticks.
#[derive(Debug, Default, PartialEq)]
struct Times {
    /// The sum of all cores, used if there are none by core.
    all: Option<Columns>,
    /// The online cores by their numbers.
    cores: BTreeMap<usize, Columns>,
}

/// `user`, `nice`, `system`, `idle`, `iowait`, `irq`, `softirq` and `steal`. The following
/// columns, the time of guests, are included in `user` and `nice`.
type Columns = [u64; 8];
const IDLE: usize = 3;
const IOWAIT: usize = 4;
const STEAL: usize = 7;

/// The difference of two readings of a core, in ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    busy: u64,
    total: u64,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        Some(Self::of(Path::new("/proc/stat")))
    }

    fn of(path: &Path) -> Self {
        let mut sampler = Self {
            path: path.to_owned(),
            buffer: Vec::new(),
            ticks_per_second: rustix::param::clock_ticks_per_second().max(1),
            times: Times::default(),
            read: Instant::now(),
            last: None,
        };
        sampler.times = sampler.read();
        sampler
    }

    /// Absent until two readings are far enough apart; sampling faster repeats the last usage.
    pub(super) fn sample(&mut self) -> Option<Cpu> {
        let elapsed = self.read.elapsed();
        if elapsed >= INTERVAL_MIN {
            self.read = Instant::now();
            let before = std::mem::take(&mut self.times);
            self.times = self.read();
            let clock = Clock {
                elapsed,
                ticks_per_second: self.ticks_per_second,
            };
            self.last = Some(shares(&before, &self.times, clock));
        }
        self.last.clone()
    }

    /// Empty if the file cannot be read, as in a sandbox without `/proc`.
    fn read(&mut self) -> Times {
        match read_into(&self.path, &mut self.buffer) {
            Ok(()) => parse(&self.buffer),
            Err(_) => Times::default(),
        }
    }
}

/// The lines that begin with `cpu`, which are the first ones.
fn parse(stat: &[u8]) -> Times {
    let mut times = Times::default();
    for line in lines(stat).map_while(|line| line.strip_prefix(b"cpu")) {
        let name_bytes = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (name, numbers) = line.split_at(name_bytes);
        let mut numbers = columns(numbers).map_while(number).fuse();
        // Older kernels have fewer columns.
        let columns: Columns = std::array::from_fn(|_| numbers.next().unwrap_or(0));
        match number(name) {
            None => times.all = Some(columns),
            Some(core) => {
                let core = usize::try_from(core).unwrap_or(usize::MAX);
                times.cores.insert(core, columns);
            }
        }
    }
    times
}

#[derive(Clone, Copy)]
struct Clock {
    elapsed: Duration,
    ticks_per_second: u64,
}

fn shares(before: &Times, after: &Times, clock: Clock) -> Cpu {
    let mut cores = Vec::new();
    let mut sum = Step { busy: 0, total: 0 };
    for (&core, after) in &after.cores {
        // A core that just came online has no earlier reading.
        let before = before.cores.get(&core);
        let Some(step) = before.and_then(|before| step(before, after, clock)) else {
            continue;
        };
        sum.busy = sum.busy.saturating_add(step.busy);
        sum.total = sum.total.saturating_add(step.total);
        if core < CORES_MAX {
            cores.resize(cores.len().max(core + 1), None);
            cores[core] = rounding::share(step.busy, step.total);
        }
    }
    if after.cores.is_empty()
        && let (Some(before), Some(after)) = (&before.all, &after.all)
    {
        // The number of cores is unknown, so the sum has no limit.
        sum = difference(before, after, clock).unwrap_or(sum);
    }
    Cpu {
        total: rounding::share(sum.busy, sum.total),
        cores,
        times: core_times(after, clock.ticks_per_second),
    }
}

fn core_times(times: &Times, ticks_per_second: u64) -> Vec<CoreTimes> {
    let cores = times.cores.iter().take(CORES_MAX);
    cores
        .map(|(&core, columns)| CoreTimes {
            core,
            seconds: columns.map(|ticks| ticks as f64 / ticks_per_second as f64),
        })
        .collect()
}

/// None if the times are not plausible for one core.
fn step(before: &Columns, after: &Columns, clock: Clock) -> Option<Step> {
    let step = difference(before, after, clock)?;
    let seconds = step.total as f64 / clock.ticks_per_second as f64;
    let seconds_max = clock.elapsed.as_secs_f64() * PACE_MAX + PACE_SLACK_SECONDS;
    (seconds <= seconds_max).then_some(step)
}

/// None if the counters were reset. A column that decreased slightly counts as no time.
fn difference(before: &Columns, after: &Columns, clock: Clock) -> Option<Step> {
    let sum = |columns: Columns| columns.into_iter().fold(0, u64::saturating_add);
    let back: Columns = std::array::from_fn(|at| before[at].saturating_sub(after[at]));
    if sum(back) > BACK_SECONDS_MAX * clock.ticks_per_second {
        return None;
    }
    let mut passed: Columns = std::array::from_fn(|at| after[at].saturating_sub(before[at]));
    let total = sum(passed);
    for unused in [IDLE, IOWAIT, STEAL] {
        passed[unused] = 0;
    }
    Some(Step {
        busy: sum(passed),
        total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Clock = Clock {
        elapsed: Duration::from_secs(1),
        ticks_per_second: 100,
    };

    /// A second on each of `cores`, of which that many hundredths were busy.
    fn check(before: &str, after: &str, total: Option<f64>, cores: &[Option<f64>]) {
        let (before, after) = (parse(before.as_bytes()), parse(after.as_bytes()));
        let cpu = shares(&before, &after, SECOND);
        assert_eq!((cpu.total, cpu.cores.as_slice()), (total, cores));
    }

    const FOUR: &str = "\
cpu  400 0 0 4000 0 0 0 0 0 0
cpu0 100 0 0 1000 0 0 0 0 0 0
cpu1 100 0 0 1000 0 0 0 0 0 0
cpu2 100 0 0 1000 0 0 0 0 0 0
cpu3 100 0 0 1000 0 0 0 0 0 0
intr 99 1 2 3
";

    #[test]
    fn each_core_has_its_share() {
        check(
            FOUR,
            "cpu  1 1 1 1\n\
             cpu0 100 0 0 1100 0 0 0 0 0 0\n\
             cpu1 125 0 0 1075 0 0 0 0 0 0\n\
             cpu2 100 20 30 1050 0 0 0 0 0 0\n\
             cpu3 100 0 0 1025 0 20 55 0 0 0\n",
            Some(37.5),
            &[Some(0.0), Some(25.0), Some(50.0), Some(75.0)],
        );
    }

    #[test]
    fn online_cores_have_their_times_in_seconds() {
        let stat = b"cpu  9 9 9 9\ncpu0 150 20 30 1000 5 0 7 1 0 0\ncpu2 100 0 0 0\n";
        let times = core_times(&parse(stat), 100);
        let seconds: Vec<_> = times.iter().map(|it| (it.core, it.seconds)).collect();
        let first = [1.5, 0.2, 0.3, 10.0, 0.05, 0.0, 0.07, 0.01];
        let mut third = [0.0; 8];
        third[0] = 1.0;
        assert_eq!(seconds, [(0, first), (2, third)]);
    }

    #[test]
    fn an_offline_core_does_not_shift_others() {
        let without = "\
cpu0 100 0 0 1100
cpu2 150 0 0 1050
cpu3 175 0 0 1025
";
        let cores = [Some(0.0), None, Some(50.0), Some(75.0)];
        check(FOUR, without, Some(41.7), &cores);
        // Back online: it has no earlier reading.
        let back = "\
cpu0 100 0 0 1200
cpu1 300 0 0 9000
cpu2 200 0 0 1100
cpu3 250 0 0 1050
";
        check(without, back, Some(41.7), &cores);
    }

    #[test]
    fn the_last_core_offline_makes_the_list_shorter() {
        check(
            FOUR,
            "cpu0 100 0 0 1100\ncpu1 150 0 0 1050\n",
            Some(25.0),
            &[Some(0.0), Some(50.0)],
        );
    }

    #[test]
    fn a_core_that_was_added_appears_with_the_second_reading_of_it() {
        let one = "cpu0 0 0 0 0\n";
        let added = "cpu0 50 0 0 50\ncpu1 0 0 0 0\n";
        let later = "cpu0 100 0 0 100\ncpu1 100 0 0 0\n";
        check(one, added, Some(50.0), &[Some(50.0)]);
        check(added, later, Some(75.0), &[Some(50.0), Some(100.0)]);
    }

    #[test]
    fn waiting_and_stolen_time_is_not_busy_and_guests_count_once() {
        check(
            "cpu0 0 0 0 0 0 0 0 0 0 0\n",
            "cpu0 40 0 0 20 20 0 0 20 40 0\n",
            Some(40.0),
            &[Some(40.0)],
        );
    }

    #[test]
    fn times_that_go_back_a_little_count_nothing_and_a_reset_has_no_share() {
        check(
            "cpu0 100 0 0 1000 500\n",
            "cpu0 150 0 0 1050 499\n",
            Some(50.0),
            &[Some(50.0)],
        );
        check(
            "cpu0 100 0 0 1000\ncpu1 100 0 0 1000\n",
            "cpu0 50 0 0 60\ncpu1 125 0 0 1075\n",
            Some(25.0),
            &[None, Some(25.0)],
        );
    }

    #[test]
    fn times_faster_than_the_clock_have_no_share() {
        // A negative steal counter, as after a live migration.
        check(
            "cpu0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\n",
            "cpu0 50 0 0 50 0 0 0 18446744073709551615\ncpu1 10 0 0 90 0 0 0 0\n",
            Some(10.0),
            &[None, Some(10.0)],
        );
        check("cpu0 0 0 0 0\n", "cpu0 0 0 0 0\n", None, &[None]);
    }

    #[test]
    fn without_cores_there_is_the_sum_of_all() {
        let before = "cpu  100 0 0 1000\nintr 1\ncpu0 1 1 1 1\n";
        check(before, "cpu  500 0 0 1400\n", Some(50.0), &[]);
        check("", "", None, &[]);
        check("cpu\n", "cpu? 1\n", None, &[]);
    }

    #[test]
    fn a_core_beyond_the_limit_counts_only_towards_the_total() {
        check(
            "cpu0 0 0 0 0\ncpu1024 0 0 0 0\ncpu99999999999999999999 0 0 0 0\n",
            "cpu0 0 0 0 100\ncpu1024 100 0 0 0\ncpu99999999999999999999 0 0 0 0\n",
            Some(50.0),
            &[Some(0.0)],
        );
    }
}
