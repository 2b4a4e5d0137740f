use crate::apply::apply;
use protocol::{Board, BoardOperation, Item, Section, Widget, WidgetField};
use std::iter;

/// The operations that take back an operation, in their order, for a board as it was before. Applied to the board right after the
/// operation they make it what it was; later, they take back what it changed as far as others have left it. What cannot be
/// applied has none.
#[must_use]
pub fn inverse(before: &Board, operation: &BoardOperation) -> Vec<BoardOperation> {
    let mut operations = opposite(before, operation);
    let mut after = before.clone();
    let all = iter::once(operation).chain(&operations);
    if !all.into_iter().all(|it| apply(&mut after, it).is_ok()) {
        return Vec::new();
    }
    // What has moved out of the way, or up, goes back.
    for section in &before.sections {
        let is_there = |item: &&Item| {
            let sections = after.sections.iter().filter(|it| it.id == section.id);
            sections.flat_map(|it| &it.items).any(|it| it == *item)
        };
        let moved = section.items.iter().filter(|item| !is_there(item));
        let items: Vec<Item> = moved.cloned().collect();
        if !items.is_empty() {
            operations.push(BoardOperation::Place {
                section: section.id.clone(),
                items,
            });
        }
    }
    operations
}

fn opposite(before: &Board, operation: &BoardOperation) -> Vec<BoardOperation> {
    match operation {
        BoardOperation::SetTitle { .. } => vec![BoardOperation::SetTitle {
            title: before.title.clone(),
        }],
        BoardOperation::SetTime { .. } => vec![BoardOperation::SetTime {
            time: before.time.clone(),
        }],
        BoardOperation::SetVariables { .. } => vec![BoardOperation::SetVariables {
            variables: before.variables.clone(),
        }],
        BoardOperation::AddSection { section, .. } => vec![BoardOperation::RemoveSection {
            section: section.clone(),
        }],
        BoardOperation::SetSectionTitle { section, .. } => {
            let known = before.sections.iter().find(|it| it.id == *section);
            let operation = known.map(|it| BoardOperation::SetSectionTitle {
                section: section.clone(),
                title: it.title.clone(),
            });
            operation.into_iter().collect()
        }
        BoardOperation::MoveSection { section, .. } => {
            let place = before.sections.iter().position(|it| it.id == *section);
            let operation = place.map(|place| BoardOperation::MoveSection {
                section: section.clone(),
                index: place as u16,
            });
            operation.into_iter().collect()
        }
        BoardOperation::RemoveSection { section } => section_again(before, section),
        BoardOperation::Add { item, .. } => vec![BoardOperation::Remove {
            widget: item.widget.clone(),
        }],
        BoardOperation::Remove { widget } => widget_again(before, widget),
        BoardOperation::Place { .. } => Vec::new(),
        BoardOperation::Set { widget, change } => {
            let known = before.widgets.get(widget);
            let operation = known.map(|it| BoardOperation::Set {
                widget: widget.clone(),
                change: value_of(it, change),
            });
            operation.into_iter().collect()
        }
        BoardOperation::SetText { widget, base, text } => vec![BoardOperation::SetText {
            widget: widget.clone(),
            base: text.clone(),
            text: base.clone(),
        }],
        BoardOperation::Replace { .. } => vec![BoardOperation::Replace {
            board: Box::new(before.clone()),
        }],
    }
}

fn section_again(before: &Board, id: &str) -> Vec<BoardOperation> {
    let Some(index) = before.sections.iter().position(|it| it.id == id) else {
        return Vec::new();
    };
    let section = &before.sections[index];
    let mut operations = vec![BoardOperation::AddSection {
        section: id.to_owned(),
        title: section.title.clone(),
        index: index as u16,
    }];
    for item in &section.items {
        operations.extend(added(before, section, item));
    }
    operations
}

fn widget_again(before: &Board, id: &str) -> Vec<BoardOperation> {
    for section in &before.sections {
        if let Some(item) = section.items.iter().find(|it| it.widget == id) {
            return added(before, section, item).into_iter().collect();
        }
    }
    Vec::new()
}

fn added(before: &Board, section: &Section, item: &Item) -> Option<BoardOperation> {
    let widget = before.widgets.get(&item.widget)?;
    Some(BoardOperation::Add {
        section: section.id.clone(),
        item: item.clone(),
        widget: widget.clone(),
    })
}

/// What a widget has where an operation changes it.
fn value_of(widget: &Widget, change: &WidgetField) -> WidgetField {
    let options = widget.options.clone();
    match change {
        WidgetField::Kind(_) => WidgetField::Kind(widget.kind.clone()),
        WidgetField::Title(_) => WidgetField::Title(widget.title.clone()),
        WidgetField::Series(_) => WidgetField::Series(widget.series.clone()),
        WidgetField::Names(_) => WidgetField::Names(options.names),
        WidgetField::FullNames(_) => WidgetField::FullNames(options.full_names),
        WidgetField::Label(_) => WidgetField::Label(options.label),
        WidgetField::Unit(_) => WidgetField::Unit(options.unit),
        WidgetField::Decimals(_) => WidgetField::Decimals(options.decimals),
        WidgetField::Min(_) => WidgetField::Min(options.min),
        WidgetField::Max(_) => WidgetField::Max(options.max),
        WidgetField::Thresholds(_) => WidgetField::Thresholds(options.thresholds),
        WidgetField::Unfilled(_) => WidgetField::Unfilled(options.unfilled),
        WidgetField::Stacked(_) => WidgetField::Stacked(options.stacked),
        WidgetField::Optional(_) => WidgetField::Optional(options.optional),
        WidgetField::Style(_) => WidgetField::Style(options.style),
        WidgetField::Url(_) => WidgetField::Url(options.url),
        WidgetField::Zone(_) => WidgetField::Zone(options.zone),
    }
}
