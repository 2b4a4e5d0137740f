use super::open_alerts::OpenAlert;
use super::rule_book::Entry;
use super::service::{Alerts, now_ms};
use ::alerts::{InstanceState, alert_info};
use protocol::SeriesKey;
use protocol::alerting::{
    AlertList, RuleInfo, RuleList, RuleState, SeriesState, Silence, SilenceList,
};
use std::cmp::Reverse;

/// So many alerts are listed, and so many series of a rule.
const ALERTS_MAX: usize = 1_000;
const SERIES_MAX: usize = 100;

impl Alerts {
    /// The alerts that are firing, for somebody who does not manage targets.
    pub(crate) fn list(&self) -> AlertList {
        let now_ms = now_ms();
        let state = self.state();
        let mut open: Vec<&OpenAlert> = state.open.iter().map(|(_, open)| open).collect();
        let count = open.len();
        open.sort_by_key(|it| Reverse((it.alert.level, it.alert.timestamp)));
        let alerts = open.into_iter().take(ALERTS_MAX).filter_map(|open| {
            let mut info = alert_info(&open.alert)?;
            info.acknowledged = open.acknowledged.clone();
            let silence = state.silence_of(&info.rule, &open.series, now_ms);
            info.silence = silence.map(str::to_owned);
            let rule = state.engine.rule(&info.rule);
            info.is_unknown = rule.is_some_and(|rule| rule.is_unknown(&open.series));
            Some(info)
        });
        AlertList {
            alerts: alerts.collect(),
            count,
            manages_targets: false,
        }
    }

    /// Every rule. Between two rules, values can be evaluated.
    pub(crate) fn rules(&self) -> RuleList {
        let (entries, errors) = {
            let state = self.state();
            (state.book.merged(), state.book.errors().to_vec())
        };
        let rules = entries.into_values().map(|entry| self.rule_info(entry));
        RuleList {
            rules: rules.collect(),
            errors,
        }
    }

    fn rule_info(&self, entry: Entry) -> RuleInfo {
        let state = self.state();
        let evaluator = state.engine.rule(entry.rule.name());
        let states = evaluator.into_iter().flat_map(::alerts::Evaluator::states);
        let mut series: Vec<(InstanceState<'_>, RuleState)> =
            states.map(|it| (it, rule_state(&it))).collect();
        let series_count = series.len();
        let order = |one: &(InstanceState<'_>, RuleState),
                     other: &(InstanceState<'_>, RuleState)| {
            let by_state = other.1.cmp(&one.1);
            by_state.then_with(|| one.0.series.cmp(other.0.series))
        };
        if series_count > SERIES_MAX {
            series.select_nth_unstable_by(SERIES_MAX, order);
            series.truncate(SERIES_MAX);
        }
        series.sort_by(order);
        RuleInfo {
            state: series.first().map_or(RuleState::Ok, |(_, state)| *state),
            series_count,
            series_refused: evaluator.map_or(0, ::alerts::Evaluator::refused_count),
            series: series
                .iter()
                .map(|(it, state)| SeriesState {
                    series: entry.rule.series_text(it.series),
                    state: *state,
                    since_ms: since_ms(it),
                    value: it.compared,
                })
                .collect(),
            definition: entry.rule.definition().clone(),
            origin: entry.origin,
            file: entry.file,
            by: entry.by,
        }
    }

    /// The maintenance windows that are open and apply to a series: they name no rule, or one that evaluates it.
    pub(crate) fn open_maintenance(&self, series: &SeriesKey) -> Vec<Silence> {
        let now_ms = now_ms();
        let state = self.state();
        let open = state.silencers().filter(|it| it.selects(series));
        let open = open.filter_map(|it| it.open_maintenance(now_ms));
        let is_about_it = |rule: &String| {
            let rule = state.engine.rule(rule);
            rule.is_some_and(|it| it.rule().selects(series))
        };
        open.filter(|it| it.rule.as_ref().is_none_or(is_about_it))
            .collect()
    }

    /// The silences that have not ended, and all maintenance windows.
    pub(crate) fn silences(&self) -> SilenceList {
        let now_ms = now_ms();
        let state = self.state();
        let silencers = state.silencers().filter(|it| !it.is_over(now_ms));
        let mut silences: Vec<Silence> = silencers.map(|it| it.shown(now_ms)).collect();
        silences.sort_by_key(|it| it.ends_ms);
        SilenceList { silences }
    }
}

fn rule_state(instance: &InstanceState<'_>) -> RuleState {
    match instance.state {
        ::alerts::State::Firing { .. } => RuleState::Firing,
        ::alerts::State::Pending { .. } => RuleState::Pending,
        ::alerts::State::Ok if instance.is_unknown => RuleState::Unknown,
        ::alerts::State::Ok => RuleState::Ok,
    }
}

fn since_ms(instance: &InstanceState<'_>) -> Option<i64> {
    match instance.state {
        ::alerts::State::Firing { fired_ms, .. } => Some(fired_ms),
        ::alerts::State::Pending { since_ms } => Some(since_ms),
        ::alerts::State::Ok => None,
    }
}
