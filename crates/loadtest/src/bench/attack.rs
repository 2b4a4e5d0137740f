//! The same attack goes to the server with the viewers and, in turns, to another one on the same machine, which is
//! equally busy then: what differs is what the attack does to the viewers. It fails if a promise is not kept.

use super::guarded::Guarded;
use super::highest_memory::{HighestMemory, resident_mib};
use super::servers::{Programs, Server};
use super::statistics::{faults, median, median_ratio, show};
use super::table::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use loadtest::{Attack, Attacked, Attempts, Report};
use std::fmt;
use std::time::{Duration, Instant};

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers watch.
    #[arg(long, default_value_t = 500)]
    viewers: usize,
    /// How long each run is measured, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// How often each server is attacked.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Messages a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Clients of each slow kind.
    #[arg(long, default_value_t = 200)]
    slow: usize,
    /// Clients of each other kind.
    #[arg(long, default_value_t = 4)]
    others: usize,
    /// Without TLS, and so without HTTP/2.
    #[arg(long)]
    plain: bool,
}

/// How long memory may take to be back at its level: all limits of connections have passed by then.
const REST: Duration = Duration::from_secs(60);

/// The load before the first attack, so that the server has allocated what viewers take, in seconds.
const WARM_UP_S: u32 = 20;

/// What the attack may cost viewers at most: p99 of their latencies, compared with the same attack on another server.
const P99_RATIO_MAX: f64 = 1.5;

/// How much of the memory of an attack may be left: what the allocator has not returned, and what the log has grown by.
const MEMORY_LEFT_MIB_MAX: f64 = 32.0;

/// Something that the server promises, and whether it was so.
struct Verdict {
    text: String,
    holds: bool,
}

impl Verdict {
    fn new(holds: bool, text: String) -> Self {
        Self { text, holds }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds { "ok  " } else { "FAIL" };
        write!(f, "{verdict}  {}", self.text)
    }
}

/// The memory of the server with the viewers, in MiB.
struct MemoryUse {
    before: f64,
    /// The most during each attack on it.
    highest: Vec<f64>,
    after: f64,
    /// How long after the last attack.
    rest: Duration,
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    // With a login, sign-ins cost what they cost.
    let start = || -> Result<Guarded> {
        let server = Guarded::start(programs, options.rate)?;
        match options.plain {
            true => Ok(server),
            false => server.restart(programs, options.rate, &["--tls-self-signed=true"]),
        }
    };
    let (watched, other) = (start()?, start()?);
    let plan = |server: &Guarded, seconds| server.plan(options.viewers, seconds);
    programs.load(&plan(&watched, options.seconds.min(WARM_UP_S))?)?;
    let (mut beside, mut under) = (Vec::new(), Vec::new());
    let mut attacked = Attacked::new();
    let mut memory = MemoryUse {
        before: resident_mib(watched.server.pid()),
        highest: Vec::new(),
        after: f64::NAN,
        rest: Duration::ZERO,
    };
    for run in 1..=options.runs {
        for (attacks_viewers, reports) in [(false, &mut beside), (true, &mut under)] {
            let (target, whose) = match attacks_viewers {
                true => (&watched, "the same server"),
                false => (&other, "another server"),
            };
            eprintln!("run {run}: an attack on {whose}, {} s", options.seconds);
            let attack = Attack {
                target: plan(target, options.seconds)?.target,
                slow: options.slow,
                others: options.others,
                seed: run.into(),
            };
            if attacks_viewers && run == 1 {
                // With what the log has grown by until now.
                memory.before = memory.before.max(resident_mib(watched.server.pid()));
            }
            let watch = HighestMemory::watch(watched.server.pid());
            let attacking = attack.start().context("start the attack")?;
            let report = programs.load(&plan(&watched, options.seconds)?);
            let result = attacking.stop();
            let highest_mib = watch.end();
            reports.push(report?);
            if attacks_viewers {
                memory.highest.push(highest_mib);
                for (kind, attempts) in result {
                    add(attacked.entry(kind).or_default(), attempts);
                }
            }
        }
    }
    rest(&watched.server, &mut memory);
    println!("{}\n", viewers(options, &beside, &under));
    println!("{}\n", attempts(&attacked));
    let verdicts = verdicts(&beside, &under, &attacked, &memory);
    for verdict in &verdicts {
        println!("{verdict}");
    }
    let failed = verdicts.iter().filter(|it| !it.holds).count();
    ensure!(
        failed == 0,
        "{failed} of {} promises were not kept",
        verdicts.len()
    );
    Ok(())
}

/// Waits until memory is back at its level, for so long at most.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing else says when memory has been returned"
)]
fn rest(server: &Server, memory: &mut MemoryUse) {
    eprintln!("waiting for memory to be returned");
    let start = Instant::now();
    loop {
        memory.after = resident_mib(server.pid());
        memory.rest = start.elapsed();
        let is_back = memory.after <= memory.before + MEMORY_LEFT_MIB_MAX;
        // Slow connections hold theirs until their limits.
        if memory.rest >= REST || (is_back && memory.rest >= REST / 2) {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn verdicts(
    beside: &[Report],
    under: &[Report],
    attacked: &Attacked,
    memory: &MemoryUse,
) -> Vec<Verdict> {
    let all = || under.iter().chain(beside);
    let lost: f64 = all().map(faults).sum();
    let deliveries: u64 = all().map(|report| report.deliveries).sum();
    let ratio = median_ratio(under, beside, |report| report.latency_ms.p99);
    let beyond: u64 = attacked.values().map(|it| it.beyond_limit).sum();
    let left = memory.after - memory.before;
    let highest: Vec<_> = memory.highest.iter().map(|mib| show(*mib, 1)).collect();
    vec![
        Verdict::new(
            lost == 0.0 && deliveries > 0,
            format!("viewers lost nothing: {lost} faults in {deliveries} deliveries"),
        ),
        Verdict::new(
            ratio <= P99_RATIO_MAX,
            format!(
                "viewers wait no longer: p99 under attack ÷ beside it is {}, at most {P99_RATIO_MAX}",
                show(ratio, 2)
            ),
        ),
        Verdict::new(
            left <= MEMORY_LEFT_MIB_MAX,
            format!(
                "memory is back at its level: {} MiB before, {} MiB at most during each attack, {} MiB {} s \
                 after the last; at most {MEMORY_LEFT_MIB_MAX} MiB may be left",
                show(memory.before, 1),
                highest.join(", "),
                show(memory.after, 1),
                memory.rest.as_secs()
            ),
        ),
        Verdict::new(
            beyond == 0,
            format!("slow connections are cut: {beyond} were kept beyond their limits"),
        ),
    ]
}

fn add(sum: &mut Attempts, more: Attempts) {
    sum.connections += more.connections;
    sum.failed += more.failed;
    sum.cut += more.cut;
    sum.longest = sum.longest.max(more.longest);
    sum.beyond_limit += more.beyond_limit;
}

fn viewers(options: &Options, beside: &[Report], under: &[Report]) -> String {
    let head = [
        "viewers",
        "attack on",
        "p50 ms",
        "p99 ms",
        "max ms",
        "deliveries",
        "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for (name, reports) in [("another", beside), ("theirs", under)] {
        let deliveries: u64 = reports.iter().map(|report| report.deliveries).sum();
        rows.push([
            options.viewers.to_string(),
            name.to_owned(),
            show(median(reports, |report| report.latency_ms.p50), 1),
            show(median(reports, |report| report.latency_ms.p99), 1),
            show(median(reports, |report| report.latency_ms.max), 1),
            deliveries.to_string(),
            show(reports.iter().map(faults).sum(), 0),
        ]);
    }
    table(&rows)
}

fn attempts(attacked: &Attacked) -> String {
    let head = [
        "attack",
        "connections",
        "failed",
        "cut",
        "longest s",
        "beyond limit",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for (kind, attempts) in attacked {
        rows.push([
            kind.to_string(),
            attempts.connections.to_string(),
            attempts.failed.to_string(),
            attempts.cut.to_string(),
            show(attempts.longest.as_secs_f64(), 1),
            attempts.beyond_limit.to_string(),
        ]);
    }
    table(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(left_mib: f64, beyond_limit: u64) -> Vec<bool> {
        let report = Report {
            deliveries: 1,
            ..Report::default()
        };
        let mut attacked = Attacked::new();
        let attempts = Attempts {
            beyond_limit,
            ..Attempts::default()
        };
        attacked.insert(loadtest::AttackKind::SlowHead, attempts);
        let memory = MemoryUse {
            before: 100.0,
            highest: vec![300.0],
            after: 100.0 + left_mib,
            rest: REST,
        };
        let reports = [report];
        let verdicts = verdicts(&reports, &reports, &attacked, &memory);
        verdicts.iter().map(|it| it.holds).collect()
    }

    #[test]
    fn a_promise_that_is_not_kept_shows() {
        // Without a latency there is no ratio.
        assert_eq!(holds(32.0, 0), [true, false, true, true]);
        assert_eq!(holds(33.0, 1), [true, false, false, false]);
        assert_eq!(holds(f64::NAN, 0), [true, false, false, true], "unknown");
    }
}
