//! The summary of a test run.

use crate::table::table;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    /// A part it needs did not pass.
    NotRun,
}

pub(super) struct Report {
    pub(super) part: &'static str,
    pub(super) outcome: Outcome,
    /// Why it failed.
    pub(super) error: Option<String>,
    pub(super) took: Duration,
}

/// The errors of failed parts, so that the end of a log tells them, and the table of parts. The last line is
/// machine-readable.
pub(super) fn summary(reports: &[Report]) -> String {
    let rows: Vec<_> = reports
        .iter()
        .map(|report| {
            let seconds = format!("{:>6} s", report.took.as_secs());
            let (word, seconds) = match report.outcome {
                Outcome::Passed => ("passed", seconds),
                Outcome::Failed => ("FAILED", seconds),
                Outcome::NotRun => ("not run", String::new()),
            };
            [report.part.to_owned(), word.to_owned(), seconds]
        })
        .collect();
    let count = |outcome| {
        reports
            .iter()
            .filter(|report| report.outcome == outcome)
            .count()
    };
    let total: Duration = reports.iter().map(|report| report.took).sum();
    let errors: String = reports
        .iter()
        .filter_map(|report| Some((report.part, report.error.as_ref()?)))
        .map(|(part, error)| format!("--- {part}: {error}\n\n"))
        .collect();
    format!(
        "{errors}{}\ntogether {} s\n{} passed, {} failed",
        table(&rows),
        total.as_secs(),
        count(Outcome::Passed),
        count(Outcome::Failed)
    )
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Report, summary};
    use std::time::Duration;

    #[test]
    fn errors_come_first_and_the_last_line_counts_parts() {
        let report = |part, outcome, seconds| Report {
            part,
            outcome,
            error: (outcome == Outcome::Failed).then(|| "no luck".into()),
            took: Duration::from_secs(seconds),
        };
        let reports = [
            report("fmt", Outcome::Passed, 1),
            report("build", Outcome::Failed, 120),
            report("browser", Outcome::NotRun, 0),
        ];
        assert_eq!(
            summary(&reports),
            "--- build: no luck

fmt      passed        1 s
build    FAILED      120 s
browser  not run
together 121 s
1 passed, 1 failed"
        );
    }
}
