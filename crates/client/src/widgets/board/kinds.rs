//! All kinds of widgets in words: what each is for, which options it uses, and what it is made from. What makes them
//! is in `pages/registry.rs`. Nothing that the first view needs refers to this, so it is loaded with the editor.

/// A kind of widget, as the editor of boards offers it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WidgetKind {
    /// As in a board's document.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// A sentence that says what it shows.
    pub(crate) about: &'static str,
    pub(crate) series: SeriesCount,
    /// What the selectors mean, in their order. Where there are more selectors than words, the last word is for the rest.
    pub(crate) roles: &'static [&'static str],
    /// The options that it uses, the most useful first.
    pub(crate) settings: &'static [Setting],
    /// Columns and rows that it gets at first.
    pub(crate) size: (u16, u16),
}

/// How many selectors a kind takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeriesCount {
    pub(crate) least: usize,
    pub(crate) most: usize,
}

/// An option of a widget: a member of `protocol::WidgetOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Names,
    FullNames,
    Label,
    Unit,
    Decimals,
    Min,
    Max,
    Thresholds,
    Unfilled,
    Stacked,
    Optional,
    Style,
    Text,
    Url,
    Zone,
}

use Setting::{
    Decimals, FullNames, Label, Max, Min, Names, Optional, Stacked, Style, Text, Thresholds,
    Unfilled, Unit, Url, Zone,
};

const fn count(least: usize, most: usize) -> SeriesCount {
    SeriesCount { least, most }
}

/// Of a kind that chooses its series itself, or has none.
const NO_SERIES: SeriesCount = count(0, 0);

/// Selectors of a widget at most.
const SERIES_MAX: usize = 12;

/// In the order in which they are offered.
pub(crate) const WIDGET_KINDS: &[WidgetKind] = &[
    WidgetKind {
        name: "chart",
        title: "Chart",
        about: "Lines, areas or bars over time.",
        series: count(1, SERIES_MAX),
        roles: &["Series"],
        settings: &[
            Unit, Style, Stacked, Unfilled, Min, Max, Decimals, Thresholds, Names, FullNames,
            Optional,
        ],
        size: (6, 7),
    },
    WidgetKind {
        name: "value",
        title: "Value",
        about: "The current value of each series, with its course and its change.",
        series: count(1, SERIES_MAX),
        roles: &["Series"],
        settings: &[Unit, Decimals, Thresholds, Names],
        size: (3, 4),
    },
    WidgetKind {
        name: "gauge",
        title: "Gauge",
        about: "A value on an arc between a lowest and a highest one.",
        series: count(1, 1),
        roles: &["Series"],
        settings: &[Min, Max, Unit, Decimals, Thresholds, Names],
        size: (3, 5),
    },
    WidgetKind {
        name: "bars",
        title: "Bar list",
        about: "The largest of many series, each with a bar.",
        series: count(1, SERIES_MAX),
        roles: &["Series"],
        settings: &[Unit, Decimals, Max, Thresholds, Names],
        size: (4, 6),
    },
    WidgetKind {
        name: "table",
        title: "Table",
        about: "A row for each combination of labels, and a column for each selector.",
        series: count(1, SERIES_MAX),
        roles: &["Column"],
        settings: &[Names, Label, Unit, Decimals, Thresholds],
        size: (6, 7),
    },
    WidgetKind {
        name: "heatmap",
        title: "Heat map",
        about: "Many series over time as colours, a row for each.",
        series: count(1, SERIES_MAX),
        roles: &["Series"],
        settings: &[Unit, Min, Max, Decimals, Names],
        size: (6, 7),
    },
    WidgetKind {
        name: "hosts",
        title: "Hosts",
        about: "The state of every host: whether it reports, its CPU and its memory.",
        series: NO_SERIES,
        roles: &[],
        settings: &[Thresholds],
        size: (6, 5),
    },
    WidgetKind {
        name: "text",
        title: "Text",
        about: "Notes with headings, lists, code and links.",
        series: NO_SERIES,
        roles: &[],
        settings: &[Text],
        size: (4, 4),
    },
    WidgetKind {
        name: "clock",
        title: "Clock",
        about: "The time and the date in a time zone.",
        series: NO_SERIES,
        roles: &[],
        settings: &[Zone],
        size: (3, 3),
    },
    WidgetKind {
        name: "image",
        title: "Image",
        about: "A picture from an address that an admin has allowed.",
        series: NO_SERIES,
        roles: &[],
        settings: &[Url],
        size: (4, 5),
    },
    WidgetKind {
        name: "stat",
        title: "Percentage",
        about: "A share in percent with its bar, how much of what it is, and its course.",
        series: count(3, 6),
        roles: &[
            "Percent",
            "Used",
            "Total",
            "Second percent",
            "Second used",
            "Second total",
        ],
        settings: &[Thresholds, Names],
        size: (3, 4),
    },
    WidgetKind {
        name: "cores",
        title: "CPU cores",
        about: "A percentage with a small bar for each core.",
        series: count(2, 2),
        roles: &["Percent", "Percent of each core"],
        settings: &[Thresholds],
        size: (3, 4),
    },
    WidgetKind {
        name: "fullest",
        title: "Fullest",
        about: "The fullest of several, such as the disk that fills up first.",
        series: count(4, 4),
        roles: &["Highest percent", "Percent of each", "Used", "Total"],
        settings: &[Label, Thresholds],
        size: (3, 4),
    },
    WidgetKind {
        name: "pair",
        title: "Received and sent",
        about: "Two rates side by side with their totals.",
        series: count(4, 4),
        roles: &["Received", "Received in total", "Sent", "Sent in total"],
        settings: &[],
        size: (3, 4),
    },
    WidgetKind {
        name: "trio",
        title: "A few values",
        about: "Up to six values side by side, such as the load averages.",
        series: count(1, 6),
        roles: &["Value"],
        settings: &[Names],
        size: (3, 3),
    },
    WidgetKind {
        name: "disks",
        title: "Disks",
        about: "Every file system of a host: how full it is, and how busy.",
        series: count(5, 5),
        roles: &["Percent", "Used", "Total", "Read", "Written"],
        settings: &[Thresholds],
        size: (4, 6),
    },
    WidgetKind {
        name: "interfaces",
        title: "Network interfaces",
        about: "Every network interface of a host with its rates and totals.",
        series: count(4, 4),
        roles: &["Received", "Sent", "Received in total", "Sent in total"],
        settings: &[],
        size: (4, 6),
    },
    WidgetKind {
        name: "temperatures",
        title: "Temperatures",
        about: "Every sensor of a host, measured against its critical temperature.",
        series: count(2, 2),
        roles: &["Temperature", "Critical temperature"],
        settings: &[],
        size: (4, 6),
    },
    WidgetKind {
        name: "reported",
        title: "Custom metrics",
        about: "Everything that programs report about the host of the page.",
        series: NO_SERIES,
        roles: &[],
        settings: &[],
        size: (12, 6),
    },
    WidgetKind {
        name: "processes",
        title: "Processes",
        about: "The busiest processes of a host.",
        series: NO_SERIES,
        roles: &[],
        settings: &[],
        size: (6, 9),
    },
    WidgetKind {
        name: "alerts",
        title: "Alerts",
        about: "Active alerts, most severe first.",
        series: NO_SERIES,
        roles: &[],
        settings: &[],
        size: (4, 5),
    },
    WidgetKind {
        name: "feed",
        title: "Activity",
        about: "What has happened, newest first.",
        series: NO_SERIES,
        roles: &[],
        settings: &[],
        size: (4, 9),
    },
    WidgetKind {
        name: "logs",
        title: "Logs",
        about: "Lines of logs as they arrive.",
        series: NO_SERIES,
        roles: &[],
        settings: &[],
        size: (12, 9),
    },
];

impl WidgetKind {
    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        WIDGET_KINDS.iter().find(|kind| kind.name == name)
    }

    /// What the selector at this place means.
    pub(crate) fn role(&self, place: usize) -> &'static str {
        let role = self.roles.get(place).or(self.roles.last());
        role.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_described_completely() {
        for (place, kind) in WIDGET_KINDS.iter().enumerate() {
            let name = kind.name;
            let first = WIDGET_KINDS.iter().position(|it| it.name == name);
            assert_eq!(first, Some(place), "{name} is described once");
            assert_eq!(WidgetKind::named(name), Some(kind));
            assert!(
                !kind.title.is_empty() && kind.about.ends_with('.'),
                "{name}"
            );
            assert!(kind.series.least <= kind.series.most, "{name}");
            assert_eq!(kind.roles.is_empty(), kind.series.most == 0, "{name}");
            assert!(kind.roles.len() <= kind.series.most, "{name}");
            let (width, height) = kind.size;
            assert!(
                (2..=12).contains(&width) && (2..=12).contains(&height),
                "{name}"
            );
            let mut settings = kind.settings.to_vec();
            settings.dedup();
            assert_eq!(settings, kind.settings, "{name}");
        }
        assert_eq!(WidgetKind::named("pie"), None);
    }

    #[test]
    fn selectors_have_a_meaning() {
        let chart = WidgetKind::named("chart").unwrap();
        assert_eq!((chart.role(0), chart.role(5)), ("Series", "Series"));
        let stat = WidgetKind::named("stat").unwrap();
        assert_eq!((stat.role(1), stat.role(5)), ("Used", "Second total"));
        let feed = WidgetKind::named("feed").unwrap();
        assert_eq!(feed.role(0), "");
    }
}
