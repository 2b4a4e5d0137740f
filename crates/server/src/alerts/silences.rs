use protocol::alerting::Silence;
use protocol::{CompiledSelector, OwnHost, Selector, SeriesKey};

/// A silence whose selector is compiled.
#[derive(Debug)]
pub(super) struct ActiveSilence {
    pub(super) silence: Silence,
    /// Its selector, if it has one.
    selector: Option<(Option<SeriesKey>, CompiledSelector<'static>)>,
}

impl ActiveSilence {
    /// # Errors
    ///
    /// If the selector is not accepted.
    pub(super) fn new(silence: Silence, own: &OwnHost) -> Result<Self, String> {
        let compile = |text: &String| {
            let mut selector: Selector = text
                .parse()
                .map_err(|error: protocol::InvalidSelector| error.to_string())?;
            if selector.fold.is_some() {
                return Err("a silence's selector has no fold".to_owned());
            }
            own.resolve_selector(&mut selector);
            let compiled = selector.compile().map_err(|error| error.to_string())?;
            Ok((selector.key(), compiled.into_owned()))
        };
        let selector = silence.series.as_ref().map(compile).transpose()?;
        Ok(Self { silence, selector })
    }

    /// Whether it applies to an alert at a time.
    pub(super) fn applies(&self, rule: &str, series: &SeriesKey, now_ms: i64) -> bool {
        let silence = &self.silence;
        let is_selected = self
            .selector
            .as_ref()
            .is_none_or(|(key, compiled)| key.as_ref() == Some(series) || compiled.matches(series));
        (silence.starts_ms..silence.ends_ms).contains(&now_ms)
            && silence.rule.as_deref().is_none_or(|it| it == rule)
            && is_selected
    }
}
