use protocol::{Durable, Level, StreamOptions};

/// What a message can be filtered by.
#[derive(Debug, Default)]
pub(crate) struct Facets {
    level: Option<Level>,
    source: Option<Box<str>>,
    label: Option<Box<str>>,
    host: Option<Box<str>>,
}

impl Facets {
    pub(crate) fn of(message: &Durable) -> Self {
        let text = |text: &str| Some(text.into());
        match message {
            Durable::Metrics(metrics) => Self {
                host: text(&metrics.host),
                ..Self::default()
            },
            Durable::Processes(processes) => Self {
                host: text(&processes.host),
                ..Self::default()
            },
            Durable::Event(event) => Self {
                level: Some(event.level),
                source: text(&event.source),
                ..Self::default()
            },
            Durable::Data(data) => Self {
                label: text(&data.label),
                source: data.source.as_deref().map(Into::into),
                host: data.host.as_deref().map(Into::into),
                ..Self::default()
            },
            Durable::Alert(alert) => Self {
                level: Some(alert.level),
                source: text(&alert.rule),
                host: alert.host.as_deref().map(Into::into),
                ..Self::default()
            },
            Durable::Log(log) => Self {
                level: Some(log.level),
                source: text(&log.source),
                ..Self::default()
            },
        }
    }
}

impl Facets {
    pub(crate) fn figure(&self) -> Option<(Option<&str>, &str)> {
        Some((self.source.as_deref(), self.label.as_deref()?))
    }
}

/// Which messages of a stream a viewer wants. A message without the facet that a filter asks for
/// does not pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    levels: Option<Box<[Level]>>,
    sources: Option<Box<[Box<str>]>>,
    labels: Option<Box<[Box<str>]>>,
    hosts: Option<Box<[Box<str>]>>,
}

impl Filter {
    /// The filter that the options ask for, if they ask for one.
    pub fn of(options: &StreamOptions) -> Option<Self> {
        let texts = |list: &Option<Vec<String>>| {
            list.as_ref()
                .map(|list| list.iter().map(|text| text.as_str().into()).collect())
        };
        let filter = Self {
            levels: options.levels.as_deref().map(Into::into),
            sources: texts(&options.sources),
            labels: texts(&options.labels),
            hosts: texts(&options.hosts),
        };
        (filter != Self::default()).then_some(filter)
    }

    pub(crate) fn passes(&self, facets: &Facets) -> bool {
        let text = |wanted: &Option<Box<[Box<str>]>>, has: &Option<Box<str>>| match wanted {
            None => true,
            Some(wanted) => has.as_ref().is_some_and(|has| wanted.contains(has)),
        };
        self.levels
            .as_ref()
            .is_none_or(|levels| facets.level.is_some_and(|level| levels.contains(&level)))
            && text(&self.sources, &facets.source)
            && text(&self.labels, &facets.label)
            && text(&self.hosts, &facets.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{data, event};
    use protocol::Data;

    fn check(options: StreamOptions, message: &Durable, passes: bool) {
        let filter = Filter::of(&options).expect("the options ask for a filter");
        assert_eq!(
            filter.passes(&Facets::of(message)),
            passes,
            "{options:?} {message:?}"
        );
    }

    #[test]
    fn each_filter_that_is_set_must_pass() {
        let errors = || StreamOptions {
            levels: Some(vec![Level::Error]),
            ..Default::default()
        };
        check(errors(), &event(Level::Error, "disk"), true);
        check(errors(), &event(Level::Info, "disk"), false);
        check(errors(), &data("Requests"), false);
        let both = StreamOptions {
            sources: Some(vec!["disk".into()]),
            ..errors()
        };
        check(both.clone(), &event(Level::Error, "disk"), true);
        check(both, &event(Level::Error, "net"), false);
        let label = StreamOptions {
            labels: Some(vec!["A".into(), "B".into()]),
            ..Default::default()
        };
        check(label.clone(), &data("B"), true);
        check(label, &data("C"), false);
        let host = StreamOptions {
            hosts: Some(vec!["web-1".into()]),
            ..Default::default()
        };
        let Durable::Data(about) = data("B") else {
            panic!("this is what it makes");
        };
        check(host.clone(), &data("B"), false);
        let about = Data {
            host: Some("web-1".into()),
            ..about
        };
        check(host, &Durable::Data(about), true);
        let nothing = StreamOptions {
            hosts: Some(vec![]),
            ..Default::default()
        };
        check(nothing, &event(Level::Error, "disk"), false);
        assert_eq!(
            Filter::of(&StreamOptions {
                last: Some(3),
                ..Default::default()
            }),
            None
        );
    }
}
