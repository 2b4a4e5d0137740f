//! What a widget is made from, and how it reads its series.

use crate::kit::card::card_titled;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::SeriesHandle;
use crate::widgets::chart::Charts;
use leptos::prelude::*;
use protocol::{METRICS, SeriesKey, Widget, WidgetOptions};
use std::sync::Arc;

/// Distinguishes a series of one selector from the same one of another.
const PLACE_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a widget of a board is made from.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) series: Arc<Vec<SeriesHandle>>,
    /// As they are written, for those that have no series.
    pub(crate) selectors: Arc<Vec<String>>,
    pub(crate) options: Arc<WidgetOptions>,
    pub(crate) charts: Charts,
    /// Shown when data is missing or old.
    pub(crate) note: Signal<String>,
    /// All series that have ever had a value.
    items: State<Vec<Item>>,
}

/// One of the series, with its current value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// Differs from that of all others.
    pub(super) key: u64,
    /// Identifies the series among those of its selector.
    pub(super) id: u64,
    /// Of its selector.
    pub(super) place: usize,
    pub(super) series: SeriesKey,
    pub(super) value: Option<f64>,
    pub(super) unit: String,
}

impl Source {
    pub(crate) fn new(
        (id, widget): (&str, &Widget),
        series: Vec<SeriesHandle>,
        charts: Charts,
        note: Signal<String>,
    ) -> Self {
        let selectors = widget.series.iter().map(ToString::to_string);
        let source = Self {
            id: id.to_owned(),
            title: widget.title.clone(),
            series: Arc::new(series),
            selectors: Arc::new(selectors.collect()),
            options: Arc::new(widget.options.clone()),
            charts,
            note,
            items: State::new(Vec::new()),
        };
        // Read once for all parts of the widget.
        source.items.set(untrack(|| source.selected()));
        let of = source.clone();
        on_change(move || of.items.set_if_changed(of.selected()));
        source
    }

    fn selected(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (place, handle) in self.series.iter().enumerate() {
            items.append(&mut handle.read(|lines| {
                let mut items = Vec::new();
                for line in lines.iter().filter(|line| line.is_known) {
                    items.push(Item {
                        key: key(place, line.id),
                        id: line.id,
                        place,
                        series: line.key.clone(),
                        value: line.value,
                        unit: self.unit(line.unit.map_or("", |unit| unit.as_str())),
                    });
                }
                items
            }));
        }
        items
    }

    /// Reads the series, and subscribes to them.
    pub(super) fn read<R>(&self, look: impl FnOnce(&[Item]) -> R) -> R {
        self.items.with(|items| look(items))
    }

    /// What is written about one of the series; nothing if it is there no more.
    pub(super) fn write(&self, key: u64, write: fn(&Item, &Self) -> String) -> Signal<String> {
        let source = self.clone();
        live(move || {
            source.read(|items| {
                let item = items.iter().find(|item| item.key == key);
                item.map_or(String::new(), |item| write(item, &source))
            })
        })
    }

    /// The unit of the options, or else a series' own.
    pub(super) fn unit(&self, own: &str) -> String {
        self.options.unit.clone().unwrap_or_else(|| own.to_owned())
    }

    /// What a series is called.
    pub(super) fn name(&self, item: &Item) -> String {
        let given = self.options.names.get(item.place);
        match given.filter(|given| !given.is_empty()) {
            Some(given) => match given.strip_prefix('$') {
                Some(label) => item.series.label(label).to_owned(),
                None => given.clone(),
            },
            None => self.read(|all| name_among(item, all)),
        }
    }

    /// Whether there is nothing to show; and subscribes to that.
    pub(super) fn is_empty(&self) -> bool {
        self.read(<[Item]>::is_empty)
    }

    /// A card with content that fills it, and what is said in its place while there is none.
    pub(super) fn card(&self, controls: Piece, content: Piece) -> Piece {
        let of = self.clone();
        let nothing = when(move || of.is_empty());
        let something = when(move || !nothing.get());
        let of = self.clone();
        let why = live(move || of.excuse());
        let content = view! {
            <div class="fit" hidden=nothing>
                {content}
            </div>
            <p class="fit-empty" {..text_content(why)} hidden=something></p>
        };
        let title = Signal::stored(self.title.clone());
        card_titled(&self.id, title, self.note, controls, content.into_piece())
    }

    /// Why there is nothing, and what would change that.
    fn excuse(&self) -> String {
        match self.charts.context.freshness.get() {
            Freshness::Unsampled => return "No data at this time".into(),
            Freshness::Empty if self.are_sampled() => return "Waiting for data…".into(),
            _ => {}
        }
        let Some(selector) = self.selectors.first() else {
            return "No series is chosen yet.".into();
        };
        match self.are_sampled() {
            true => ["No host reports ", selector, "."].concat(),
            false => [
                "No data for ",
                selector,
                ". Programs send it to /api/v1/ingest.",
            ]
            .concat(),
        }
    }

    /// Whether what is selected is in samples of hosts.
    fn are_sampled(&self) -> bool {
        self.selectors.iter().all(|selector| {
            let name = selector.split('{').next().unwrap_or_default();
            let name = name.rsplit(['(', ' ']).next().unwrap_or_default();
            METRICS.iter().any(|metric| metric.name == name)
        })
    }
}

fn key(place: usize, id: u64) -> u64 {
    (place as u64).wrapping_mul(PLACE_FACTOR) ^ id
}

/// What distinguishes a series from others: its metric, its host and its labels, as far as they differ.
fn name_among(item: &Item, all: &[Item]) -> String {
    let differs = |of: fn(&SeriesKey) -> &str| {
        let mut others = all.iter();
        others.any(|other| of(&other.series) != of(&item.series))
    };
    let mut parts = Vec::new();
    if differs(|key| &key.name)
        || item.series.labels.keys().next().is_none() && !differs(|key| &key.host)
    {
        parts.push(item.series.name.as_str());
    }
    if differs(|key| &key.host) && !item.series.host.is_empty() {
        parts.push(&item.series.host);
    }
    for (_, value) in item.series.labels.iter() {
        parts.push(value);
    }
    parts.join(" · ")
}

#[cfg(test)]
pub(super) mod test_support {
    use super::*;

    /// A series written as `host name label=value`.
    pub(in super::super) fn item(text: &str, place: usize, value: f64) -> Item {
        let mut words = text.split(' ');
        let mut series = SeriesKey {
            host: words.next().unwrap().into(),
            name: words.next().unwrap().into(),
            ..SeriesKey::default()
        };
        for word in words {
            let (label, value) = word.split_once('=').unwrap();
            series.labels.insert(label.into(), value.into());
        }
        let add = |id: u64, byte: u8| id.wrapping_mul(31).wrapping_add(byte.into());
        let id = text.bytes().fold(0, add);
        Item {
            key: key(place, id),
            id,
            place,
            series,
            value: Some(value),
            unit: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::test_support::item;
    use super::*;

    #[test]
    fn names_say_what_differs() {
        let of = |texts: &[&str]| {
            let all: Vec<_> = texts.iter().map(|text| item(text, 0, 1.0)).collect();
            all.iter()
                .map(|it| name_among(it, &all))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&["a queue shard=1", "a queue shard=2"]), ["1", "2"]);
        assert_eq!(of(&["a cpu", "b cpu"]), ["a", "b"]);
        assert_eq!(of(&["a cpu", "a memory"]), ["cpu", "memory"]);
        assert_eq!(of(&["a cpu", "b load core=1"]), ["cpu · a", "load · b · 1"]);
        assert_eq!(of(&["a cpu"]), ["cpu"]);
    }

    #[test]
    fn a_series_of_two_selectors_is_two_items() {
        assert_ne!(item("a cpu", 0, 1.0).key, item("a cpu", 1, 1.0).key);
    }
}
