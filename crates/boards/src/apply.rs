use crate::check::{
    check_board, check_id, check_item, check_text, check_time, check_title, check_variables,
    check_widget,
};
use crate::layout::place;
use crate::limits::{SECTIONS_MAX, WIDGETS_MAX};
use crate::merge::merge;
use protocol::{Board, BoardOperation, Item, Layout, Section, Widget, WidgetField};
use thiserror::Error;

/// Why an operation cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OperationError {
    /// It would never have been possible.
    #[error("{0}")]
    Invalid(String),
    /// It is about a widget or a section that is not on the board, probably no longer.
    #[error("there is no {kind} `{id}` on this board")]
    Missing {
        /// Such as `widget`.
        kind: &'static str,
        /// Its identifier.
        id: String,
    },
    /// The board is full.
    #[error("a board has at most {max} {kind}")]
    Full {
        /// Such as `widgets`.
        kind: &'static str,
        /// How many it may have.
        max: usize,
    },
}

impl OperationError {
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }
}

/// Applies an operation to a board. After an error the board is as before. The version stays as it is.
pub fn apply(board: &mut Board, operation: &BoardOperation) -> Result<(), OperationError> {
    match operation {
        BoardOperation::SetTitle { title } => {
            check_title("title", title)?;
            board.title.clone_from(title);
        }
        BoardOperation::SetTime { time } => {
            check_time(time.as_deref())?;
            board.time.clone_from(time);
        }
        BoardOperation::SetVariables { variables } => {
            check_variables(variables)?;
            board.variables.clone_from(variables);
        }
        BoardOperation::AddSection {
            section,
            title,
            index,
        } => add_section(board, section, title.as_deref(), *index)?,
        BoardOperation::SetSectionTitle { section, title } => {
            if let Some(title) = title {
                check_title("title of a section", title)?;
            }
            section_mut(board, section)?.title.clone_from(title);
        }
        BoardOperation::MoveSection { section, index } => {
            let from = place_of(board, section)?;
            let moved = board.sections.remove(from);
            let to = usize::from(*index).min(board.sections.len());
            board.sections.insert(to, moved);
        }
        BoardOperation::RemoveSection { section } => remove_section(board, section)?,
        BoardOperation::Add {
            section,
            item,
            widget,
        } => add(board, section, item, widget)?,
        BoardOperation::Remove { widget } => {
            if board.widgets.remove(widget).is_none() {
                return Err(no_widget(widget));
            }
            for section in &mut board.sections {
                take(section, widget);
            }
        }
        BoardOperation::Place { section, items } => place_all(board, section, items)?,
        BoardOperation::Set { widget, change } => set(board, widget, change)?,
        BoardOperation::SetText { widget, base, text } => {
            check_text(text)?;
            check_text(base)?;
            let options = &mut widget_mut(board, widget)?.options;
            let merged = merge(base, options.text.as_deref().unwrap_or_default(), text);
            check_text(&merged)?;
            options.text = Some(merged);
        }
        BoardOperation::Replace { board: new } => {
            check_board(new)?;
            let (id, version) = (std::mem::take(&mut board.id), board.version);
            *board = Board {
                id,
                version,
                ..(**new).clone()
            };
            arrange(board);
        }
    }
    Ok(())
}

/// Places everything that is in a grid.
pub(crate) fn arrange(board: &mut Board) {
    for section in &mut board.sections {
        if section.layout == Layout::Grid {
            section.items = place(&section.items, &[]);
        }
    }
}

fn add_section(
    board: &mut Board,
    id: &str,
    title: Option<&str>,
    index: u16,
) -> Result<(), OperationError> {
    check_id("section", id)?;
    if let Some(title) = title {
        check_title("title of a section", title)?;
    }
    if board.sections.iter().any(|it| it.id == id) {
        return Err(taken("section", id));
    }
    if board.sections.len() >= SECTIONS_MAX {
        return Err(OperationError::Full {
            kind: "sections",
            max: SECTIONS_MAX,
        });
    }
    let index = usize::from(index).min(board.sections.len());
    let section = Section {
        id: id.to_owned(),
        title: title.map(str::to_owned),
        layout: Layout::Grid,
        ..Section::default()
    };
    board.sections.insert(index, section);
    Ok(())
}

fn remove_section(board: &mut Board, id: &str) -> Result<(), OperationError> {
    let at = place_of(board, id)?;
    if board.sections.len() == 1 {
        return Err(OperationError::invalid("a board keeps its last section"));
    }
    for item in board.sections.remove(at).items {
        board.widgets.remove(&item.widget);
    }
    Ok(())
}

fn add(
    board: &mut Board,
    section: &str,
    item: &Item,
    widget: &Widget,
) -> Result<(), OperationError> {
    check_item(item)?;
    check_widget(&item.widget, widget)?;
    if board.widgets.get(&item.widget).is_some() {
        return Err(taken("widget", &item.widget));
    }
    if board.widgets.len() >= WIDGETS_MAX {
        return Err(OperationError::Full {
            kind: "widgets",
            max: WIDGETS_MAX,
        });
    }
    let place = place_of(board, section).or_else(|why| match board.sections.len() {
        0 => Err(why),
        count => Ok(count - 1),
    })?;
    board.widgets.insert(item.widget.clone(), widget.clone());
    put(&mut board.sections[place], std::slice::from_ref(item));
    Ok(())
}

fn place_all(board: &mut Board, section: &str, items: &[Item]) -> Result<(), OperationError> {
    if items.is_empty() || items.len() > WIDGETS_MAX {
        return Err(OperationError::invalid(format!(
            "`items` has 1 to {WIDGETS_MAX} widgets"
        )));
    }
    for item in items {
        check_item(item)?;
    }
    let at = place_of(board, section)?;
    // Those that somebody has removed meanwhile are left out, so that taking back a move of many is still possible.
    let known = items
        .iter()
        .filter(|item| board.widgets.get(&item.widget).is_some());
    let known: Vec<Item> = known.cloned().collect();
    let Some(first) = known.first() else {
        return Err(no_widget(&items[0].widget));
    };
    debug_assert!(!first.widget.is_empty());
    for (place, section) in board.sections.iter_mut().enumerate() {
        if place != at {
            for item in &known {
                take(section, &item.widget);
            }
        }
    }
    put(&mut board.sections[at], &known);
    Ok(())
}

/// Places items in a section; where there is no grid, at the end if they are new.
fn put(section: &mut Section, items: &[Item]) {
    if section.layout == Layout::Grid {
        section.items = place(&section.items, items);
        return;
    }
    for item in items {
        if section.items.iter().all(|it| it.widget != item.widget) {
            section.items.push(item.clone());
        }
    }
}

/// Takes a widget out of a section, if it is there.
fn take(section: &mut Section, widget: &str) {
    let before = section.items.len();
    section.items.retain(|it| it.widget != widget);
    if section.layout == Layout::Grid && section.items.len() != before {
        section.items = place(&section.items, &[]);
    }
}

fn set(board: &mut Board, id: &str, change: &WidgetField) -> Result<(), OperationError> {
    let widget = widget_mut(board, id)?;
    let mut changed = widget.clone();
    let options = &mut changed.options;
    match change.clone() {
        WidgetField::Kind(kind) => changed.kind = kind,
        WidgetField::Title(title) => changed.title = title,
        WidgetField::Series(series) => changed.series = series,
        WidgetField::Names(names) => options.names = names,
        WidgetField::FullNames(names) => options.full_names = names,
        WidgetField::Label(label) => options.label = label,
        WidgetField::Unit(unit) => options.unit = unit,
        WidgetField::Decimals(decimals) => options.decimals = decimals,
        WidgetField::Min(min) => options.min = min,
        WidgetField::Max(max) => options.max = max,
        WidgetField::Thresholds(thresholds) => options.thresholds = thresholds,
        WidgetField::Unfilled(unfilled) => options.unfilled = unfilled,
        WidgetField::Stacked(stacked) => options.stacked = stacked,
        WidgetField::Optional(optional) => options.optional = optional,
        WidgetField::Style(style) => options.style = style,
        WidgetField::Url(url) => options.url = url,
        WidgetField::Zone(zone) => options.zone = zone,
    }
    check_widget(id, &changed)?;
    *widget = changed;
    Ok(())
}

fn place_of(board: &Board, section: &str) -> Result<usize, OperationError> {
    let place = board.sections.iter().position(|it| it.id == section);
    place.ok_or_else(|| OperationError::Missing {
        kind: "section",
        id: section.to_owned(),
    })
}

fn section_mut<'a>(board: &'a mut Board, id: &str) -> Result<&'a mut Section, OperationError> {
    let place = place_of(board, id)?;
    Ok(&mut board.sections[place])
}

fn widget_mut<'a>(board: &'a mut Board, id: &str) -> Result<&'a mut Widget, OperationError> {
    board.widgets.get_mut(id).ok_or_else(|| no_widget(id))
}

fn no_widget(id: &str) -> OperationError {
    OperationError::Missing {
        kind: "widget",
        id: id.to_owned(),
    }
}

fn taken(kind: &str, id: &str) -> OperationError {
    OperationError::Invalid(format!("there is already a {kind} `{id}` on this board"))
}
