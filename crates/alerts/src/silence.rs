use crate::recurrence::{Recurrence, Zones};
use crate::rule::{InvalidRule, invalid};
use protocol::alerting::Silence;
use protocol::{CompiledSelector, OwnHost, Selector, SeriesKey, is_disruptive};

/// The longest text of a silence, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// A silence, or a maintenance window, that can be applied to alerts.
#[derive(Debug)]
pub struct Silencer {
    silence: Silence,
    /// Its selector, if it has one.
    selector: Option<(Option<SeriesKey>, CompiledSelector<'static>)>,
    /// When it is open, if it is a maintenance window.
    recurrence: Option<Recurrence>,
}

impl Silencer {
    /// Checks a silence. Of a maintenance window, `starts_ms` and `ends_ms` are how long it lasts, and nothing more.
    ///
    /// # Errors
    ///
    /// The first field that is not accepted.
    pub fn new(silence: Silence, own: &OwnHost, zones: Zones<'_>) -> Result<Self, InvalidRule> {
        check_texts(&silence)?;
        let selector = silence.series.as_deref();
        let selector = selector.map(|text| compile(text, own)).transpose()?;
        let lasts_ms = silence.ends_ms - silence.starts_ms;
        let recurrence = silence.repeat.as_ref();
        let recurrence = recurrence.map(|it| Recurrence::new(it, lasts_ms, zones));
        Ok(Self {
            recurrence: recurrence.transpose()?,
            silence,
            selector,
        })
    }

    /// Identifies it.
    pub fn id(&self) -> &str {
        &self.silence.id
    }

    /// Whether it applies to an alert at a time.
    pub fn applies(&self, rule: &str, series: &SeriesKey, now_ms: i64) -> bool {
        let is_of_rule = self.silence.rule.as_deref().is_none_or(|it| it == rule);
        is_of_rule && self.selects(series) && self.is_open(now_ms)
    }

    /// Whether its selector, if it has one, matches a series.
    pub fn selects(&self, series: &SeriesKey) -> bool {
        let selector = self.selector.as_ref();
        selector
            .is_none_or(|(key, compiled)| key.as_ref() == Some(series) || compiled.matches(series))
    }

    fn is_open(&self, now_ms: i64) -> bool {
        match &self.recurrence {
            Some(recurrence) => recurrence.is_open(now_ms).is_some(),
            None => (self.silence.starts_ms..self.silence.ends_ms).contains(&now_ms),
        }
    }

    /// Whether it never applies again.
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.recurrence.is_none() && self.silence.ends_ms <= now_ms
    }

    /// What is shown of it: of a maintenance window, with the times of the one that is open, or else of the next one.
    pub fn shown(&self, now_ms: i64) -> Silence {
        let mut silence = self.silence.clone();
        let recurrence = self.recurrence.as_ref();
        if let Some(occurrence) = recurrence.and_then(|it| it.current_or_next(now_ms)) {
            (silence.starts_ms, silence.ends_ms) = (occurrence.starts_ms, occurrence.ends_ms);
        }
        silence
    }

    /// The maintenance window that is open, if it is one.
    pub fn open_maintenance(&self, now_ms: i64) -> Option<Silence> {
        let is_open = self.recurrence.is_some() && self.is_open(now_ms);
        is_open.then(|| self.shown(now_ms))
    }
}

fn check_texts(silence: &Silence) -> Result<(), InvalidRule> {
    if silence.rule.is_none() && silence.series.is_none() {
        return Err(invalid("series", "write `series`, `rule`, or both"));
    }
    let texts = [
        ("rule", silence.rule.as_deref()),
        ("series", silence.series.as_deref()),
        ("why", Some(silence.why.as_str())),
    ];
    for (field, text) in texts {
        let text = text.unwrap_or_default();
        let is_line = field == "series" || !text.contains(is_disruptive);
        if text.chars().count() > TEXT_CHARS_MAX || !is_line {
            return Err(invalid(field, "write at most 500 characters of one line"));
        }
    }
    Ok(())
}

fn compile(
    text: &str,
    own: &OwnHost,
) -> Result<(Option<SeriesKey>, CompiledSelector<'static>), InvalidRule> {
    let mut selector: Selector = text
        .parse()
        .map_err(|error: protocol::InvalidSelector| invalid("series", error.to_string()))?;
    if selector.fold.is_some() {
        return Err(invalid("series", "a silence's selector has no fold"));
    }
    own.resolve_selector(&mut selector);
    let compiled = selector
        .compile()
        .map_err(|error| invalid("series", error.to_string()))?;
    Ok((selector.key(), compiled.into_owned()))
}
