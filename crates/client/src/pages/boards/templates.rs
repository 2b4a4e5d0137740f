//! Makes boards and widgets of their templates.

use super::template_data::{EXAMPLES, Entry, TEMPLATES, Template};
use crate::session::boards::new_part_id;
use crate::widgets::WidgetKind;
use boards::{free_place, place};
use protocol::{Board, Item, Layout, Section, Selector, Widget, WidgetOptions};

/// The template of this name.
pub(super) fn template(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|it| it.name == name)
}

/// A widget of a kind, as it is added.
pub(super) fn example(kind: &str) -> Widget {
    match EXAMPLES.iter().find(|it| it.kind == kind) {
        Some(entry) => widget(entry),
        None => Widget {
            kind: kind.to_owned(),
            title: WidgetKind::named(kind)
                .map_or(kind, |it| it.title)
                .to_owned(),
            ..Widget::default()
        },
    }
}

/// The content of a new board. Of `series`, which the user has entered, each becomes a chart in front of what the template
/// has.
pub(super) fn content(
    template: &Template,
    series: &[Selector],
    new_id: fn(char) -> String,
) -> Board {
    let mut board = Board::default();
    for (title, entries) in template.sections {
        let mut section = Section {
            id: new_id('s'),
            title: Some(title)
                .filter(|it| !it.is_empty())
                .map(|it| (*it).to_owned()),
            layout: Layout::Grid,
            ..Section::default()
        };
        for entry in *entries {
            add(&mut board, &mut section, widget(entry), entry.size, new_id);
        }
        board.sections.push(section);
    }
    if let Some(mut first) = board.sections.first().cloned() {
        for selector in series {
            let widget = Widget {
                kind: "chart".into(),
                title: selector.to_string().chars().take(100).collect(),
                series: vec![selector.clone()],
                options: WidgetOptions::default(),
            };
            add(&mut board, &mut first, widget, (6, 6), new_id);
        }
        board.sections[0] = first;
    }
    board
}

/// A board with nothing in it.
#[cfg(test)]
fn empty() -> &'static Template {
    template("Empty").expect("a template")
}

fn add(
    board: &mut Board,
    section: &mut Section,
    widget: Widget,
    size: (u16, u16),
    new_id: fn(char) -> String,
) {
    let (w, h) = match size {
        (0, _) => WidgetKind::named(&widget.kind).map_or((6, 6), |kind| kind.size),
        size => size,
    };
    let (x, y) = free_place(&section.items, w, h);
    let id = new_id('w');
    let item = Item {
        widget: id.clone(),
        x,
        y,
        w,
        h,
    };
    section.items = place(&section.items, &[item]);
    board.widgets.insert(id, widget);
}

fn widget(entry: &Entry) -> Widget {
    let text = |text: &str| Some(text).filter(|it| !it.is_empty()).map(str::to_owned);
    let series = entry.series.iter();
    Widget {
        kind: entry.kind.into(),
        title: entry.title.into(),
        // Each is one, which a test holds.
        series: series.filter_map(|it| it.parse().ok()).collect(),
        options: WidgetOptions {
            names: entry.names.iter().map(|it| (*it).to_owned()).collect(),
            label: text(entry.label),
            unit: text(entry.unit),
            decimals: entry.decimals,
            min: entry.min,
            max: entry.max,
            thresholds: entry.thresholds.to_vec(),
            stacked: entry.stacked.then_some(true),
            text: text(entry.text),
            ..WidgetOptions::default()
        },
    }
}

/// New identifiers.
pub(super) fn new_content(template: &Template, series: &[Selector]) -> Board {
    content(template, series, new_part_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::WIDGET_KINDS;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn new_id(kind: char) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        format!("{kind}{}", COUNT.fetch_add(1, Ordering::Relaxed))
    }

    #[test]
    fn templates_are_boards() {
        for template in TEMPLATES {
            let board = Board {
                title: template.name.into(),
                ..content(template, &[], new_id)
            };
            assert_eq!(boards::check_board(&board), Ok(()), "{}", template.name);
            let entries = template.sections.iter().flat_map(|(_, entries)| *entries);
            for entry in entries.chain(EXAMPLES) {
                assert!(WidgetKind::named(entry.kind).is_some(), "{}", entry.kind);
                let made = widget(entry).series.len();
                assert_eq!(made, entry.series.len(), "{}", entry.title);
            }
        }
    }

    #[test]
    fn every_kind_begins_with_the_series_that_it_takes() {
        for kind in WIDGET_KINDS {
            let series = example(kind.name).series.len();
            let count = kind.series;
            assert!(
                (count.least..=count.most).contains(&series),
                "{}",
                kind.name
            );
        }
    }

    #[test]
    fn entered_series_become_charts() {
        let selector: Selector = "requests".parse().expect("a selector");
        let board = content(empty(), &[selector], new_id);
        assert_eq!(board.widgets.len(), 1);
        let (_, widget) = board.widgets.iter().next().expect("a widget");
        assert_eq!((&*widget.kind, &*widget.title), ("chart", "requests"));
    }
}
