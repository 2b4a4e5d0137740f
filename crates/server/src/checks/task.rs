use super::probe::{Answer, Probe, ProbeError};
use super::status::{CheckResult, Checks};
use crate::config::{CheckConfig, status_range};
use crate::inputs::{Inputs, Intervals};
use crate::intake::WeakAppender;
use crate::outgoing::Outgoing;
use ingest::{Batch, ParsedPoint};
use protocol::checks::{CheckInfo, CheckState};
use protocol::{Event, Kind, Level, SeriesKey, Timestamp, Unit};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// The time between a failed probe and its repetition.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The first probes of all checks are spread over this time.
const SPREAD: Duration = Duration::from_secs(10);

const MS_PER_DAY: f64 = 86_400_000.0;

/// A check of the configuration.
pub(crate) struct Check {
    name: String,
    host: String,
    interval: Duration,
    retries: u32,
    probe: Probe,
    checks: Checks,
    index: usize,
}

impl Check {
    /// A check of the configuration, which was validated there. `own` is the name of the server's own host.
    pub(crate) fn new(config: &CheckConfig, own: &str, checks: &Checks) -> Option<Self> {
        let probe = Probe {
            target: config.url.parse().ok()?,
            time_max: Duration::from_millis(config.timeout_ms),
            statuses: config
                .status
                .iter()
                .filter_map(|it| status_range(it))
                .collect(),
            keyword: config.keyword.clone(),
            pointer: config.pointer.clone(),
        };
        let host = match config.host.as_str() {
            "" => own,
            host => host,
        };
        let index = checks.add(CheckInfo {
            name: config.name.clone(),
            url: probe.target.to_string(),
            host: host.to_owned(),
            interval_ms: config.interval_ms,
            state: CheckState::Unknown,
            since_ms: None,
            checked_ms: None,
            seconds: None,
            error: None,
            tls_days_left: None,
        });
        Some(Self {
            name: config.name.clone(),
            host: config.host.clone(),
            interval: Duration::from_millis(config.interval_ms),
            retries: config.retries,
            probe,
            checks: checks.clone(),
            index,
        })
    }

    /// Probes at each interval, until the server stops.
    pub(crate) async fn run(
        self,
        outgoing: Outgoing,
        inputs: Inputs,
        intake: WeakAppender,
        stopped: watch::Receiver<bool>,
    ) {
        let mut intervals = Intervals::new(self.interval, SPREAD, &self.name, stopped);
        let check = || self.check(&outgoing, &inputs, &intake);
        while intervals.next().await && intervals.finish(check()).await {}
    }

    async fn check(&self, outgoing: &Outgoing, inputs: &Inputs, intake: &WeakAppender) {
        let result = self.result(outgoing).await;
        let mut batch = Batch::default();
        batch.points.extend(self.points(&result));
        // While the store is unavailable there is a gap, as of everything else that is measured from outside.
        match inputs.commit("check", batch).await {
            Ok(outcome) if outcome.rejected_count == 0 => {}
            Ok(outcome) => {
                let why = outcome.describe("point");
                tracing::warn!(
                    check = self.name,
                    why,
                    "The result of a check is not stored."
                );
            }
            Err(error) => {
                tracing::debug!(check = self.name, %error, "The result of a check is not stored.");
            }
        }
        if self.checks.update(self.index, &result) {
            intake.publish(vec![self.event(&result).into()]).await;
        }
    }

    /// Repeats a failed probe before the target counts as down.
    async fn result(&self, outgoing: &Outgoing) -> CheckResult {
        let mut attempt = 0;
        loop {
            let start = Instant::now();
            let answer = self.probe.run(outgoing).await;
            let took = start.elapsed();
            if answer.is_err() && attempt < self.retries {
                attempt += 1;
                sleep(RETRY_AFTER).await;
                continue;
            }
            return result_of(answer, took, Timestamp::now());
        }
    }

    fn points(&self, result: &CheckResult) -> Vec<ParsedPoint> {
        let point = |name, value, unit| ParsedPoint {
            series: SeriesKey::new(&self.host, name, [("check".to_owned(), self.name.clone())]),
            timestamp: Some(result.at),
            value,
            unit: Unit::new(unit),
            kind: Kind::Gauge,
            place: 0,
        };
        let is_up = result.outcome.is_ok();
        let up = point("check_up", f64::from(u8::from(is_up)), "");
        let seconds = point("check_seconds", result.took.as_secs_f64(), "s");
        let days = result.outcome.as_ref().ok().copied().flatten();
        let days = days.map(|days| point("tls_days_left", days, "d"));
        [up, seconds].into_iter().chain(days).collect()
    }

    fn event(&self, result: &CheckResult) -> Event {
        let (level, message) = match &result.outcome {
            Ok(_) => (Level::Success, format!("{} is up again", self.name)),
            Err(why) => (Level::Error, format!("{} is down: {why}", self.name)),
        };
        Event {
            timestamp: result.at,
            level,
            source: "checks".into(),
            message,
        }
    }
}

fn result_of(answer: Result<Answer, ProbeError>, took: Duration, at: Timestamp) -> CheckResult {
    let days_left = |end: Timestamp| (end.unix_ms() - at.unix_ms()) as f64 / MS_PER_DAY;
    CheckResult {
        at,
        took,
        outcome: match answer {
            Ok(answer) => Ok(answer.certificate_end.map(days_left)),
            Err(error) => Err(error.to_string()),
        },
    }
}
