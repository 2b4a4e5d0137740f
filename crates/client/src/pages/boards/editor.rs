//! What is being done with a board.

use super::arrangement::{Arrangement, Grabbed, find};
use super::pointer::Drag;
use crate::kit::browser::{
    focus, focus_test_id, leave_field, monotonic_ms, parameter, set_parameter,
};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::kit::toasts::Action;
use crate::pages::registry::Context;
use crate::session::boards::{BoardSession, new_part_id};
use crate::widgets::WidgetKind;
use boards::free_place;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use protocol::{Board, BoardOperation, Item, Level, Selector, Widget};
use std::sync::Arc;

/// Where a widget has no kind that this page knows.
const SIZE_DEFAULT: (u16, u16) = (6, 6);

/// In the page's address, before the name of a variable: its value.
const VARIABLE_PARAMETER: &str = "var-";

/// What stands beside the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    Closed,
    /// The widget that is selected.
    Widget,
    /// Kinds of widgets to be added.
    Gallery,
    /// The board itself.
    Settings,
    Versions,
}

/// Everything that the parts of a board share.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    pub(super) session: BoardSession,
    pub(super) context: StoredValue<Context>,
    pub(super) is_on: State<bool>,
    pub(super) panel: State<Panel>,
    /// The identifier of the widget that the panel is about.
    pub(super) selected: State<Option<String>>,
    pub(super) grabbed: State<Option<Grabbed>>,
    pub(super) arrangement: State<Arrangement>,
    /// What a pointer is doing.
    pub(super) drag: StoredValue<Option<Drag>>,
    /// What screen readers say.
    pub(super) announced: State<String>,
    /// The chosen values of variables, by their names.
    pub(super) values: State<Vec<(String, String)>>,
}

impl Editor {
    pub(super) fn new(session: BoardSession, context: Context) -> Self {
        let editor = Self {
            session,
            context: StoredValue::new(context),
            is_on: State::new(false),
            panel: State::new(Panel::Closed),
            selected: State::new(None),
            grabbed: State::new(None),
            arrangement: State::new(Arrangement::default()),
            drag: StoredValue::new(None),
            announced: State::new(String::new()),
            values: State::new(Vec::new()),
        };
        on_change(move || {
            let grabbed = editor.grabbed.get();
            let arrangement = session
                .shown
                .with(|board| Arrangement::new(board, grabbed.as_ref()));
            editor.arrangement.set_if_changed(arrangement);
        });
        on_change(move || {
            session.shown.track();
            editor.values.set_if_changed(editor.read_values());
        });
        // What others have removed cannot be configured any more.
        on_change(move || {
            let is_gone = editor.selected.with(|selected| {
                let board = &session.shown;
                selected
                    .as_ref()
                    .is_some_and(|id| board.with(|it| it.widgets.get(id).is_none()))
            });
            if is_gone {
                editor.selected.set(None);
                editor.grabbed.set_if_changed(None);
                if editor.panel.get_untracked() == Panel::Widget {
                    editor.panel.set(Panel::Closed);
                }
            }
        });
        editor
    }

    /// Whether the user may change the board.
    pub(super) fn may_edit(self) -> bool {
        self.session.info.with(|info| {
            info.as_ref()
                .is_some_and(|it| it.may_edit && it.trashed_ms.is_none())
        })
    }

    /// Begins to change the board, or ends.
    pub(super) fn toggle(self) {
        leave_field();
        let is_on = !self.is_on.get_untracked();
        self.grabbed.set_if_changed(None);
        self.is_on.set(is_on);
        if !is_on {
            self.selected.set_if_changed(None);
            self.panel.set_if_changed(Panel::Closed);
        }
        self.announce(match is_on {
            true => "Editing. Widgets are grabbed with Enter, and moved with arrow keys.",
            false => "Editing ended.",
        });
    }

    pub(super) fn announce(self, text: &str) {
        self.announced.set(text.to_owned());
    }

    /// Opens the panel, or closes it if it shows this.
    pub(super) fn toggle_panel(self, panel: Panel) {
        leave_field();
        let is_shown = self.panel.with_untracked(|it| *it == panel);
        self.panel.set(match is_shown {
            true => Panel::Closed,
            false => panel,
        });
        if !is_shown {
            focus_soon(super::panel::TITLE_ID.to_owned());
        }
    }

    /// Opens the panel of a widget.
    pub(super) fn configure(self, widget: &str) {
        leave_field();
        self.selected.set(Some(widget.to_owned()));
        self.panel.set(Panel::Widget);
        focus_soon(super::panel::TITLE_ID.to_owned());
    }

    /// A widget as it is made: what it refers to by `$name` is replaced.
    pub(super) fn bound(self, mut widget: Widget) -> Widget {
        let values = self.values.get();
        for selector in &mut widget.series {
            bind(selector, &values);
        }
        widget
    }

    /// The values of variables: those of the address, or those that the board begins with.
    fn read_values(self) -> Vec<(String, String)> {
        self.session.shown.with(|board| {
            let mut values = Vec::with_capacity(board.variables.len());
            for variable in &board.variables {
                let chosen = parameter(&[VARIABLE_PARAMETER, &variable.name].concat());
                let value = chosen.or_else(|| variable.value.clone());
                values.push((variable.name.clone(), value.unwrap_or_default()));
            }
            values
        })
    }

    /// Chooses the value of a variable, in the page's address, too.
    pub(super) fn choose(self, name: &str, value: &str) {
        let parameter = [VARIABLE_PARAMETER, name].concat();
        let written = crate::kit::browser::uri_component(value);
        set_parameter(&parameter, Some(&written));
        self.values.update(|values| {
            if let Some((_, known)) = values.iter_mut().find(|(known, _)| known == name) {
                value.clone_into(known);
            }
        });
    }

    /// What a widget is called.
    pub(super) fn name(self, id: &str) -> String {
        self.session
            .shown
            .with_untracked(|board| board.widgets.get(id).map(widget_name).unwrap_or_default())
    }

    /// Adds a widget where there is space in the last section that is in use, and selects it.
    pub(super) fn add(self, widget: Widget) {
        let board = self.session.shown.get_untracked();
        let selected = self.selected.get_untracked();
        let section = selected
            .and_then(|id| find(&board, &id).map(|(section, _)| section))
            .or(board.sections.last());
        let Some(section) = section else {
            return;
        };
        let id = new_part_id('w');
        let (w, h) = WidgetKind::named(&widget.kind).map_or(SIZE_DEFAULT, |kind| kind.size);
        let (x, y) = free_place(&section.items, w, h);
        let name = widget_name(&widget);
        let operation = BoardOperation::Add {
            section: section.id.clone(),
            item: Item {
                widget: id.clone(),
                x,
                y,
                w,
                h,
            },
            widget,
        };
        if self.session.edit(vec![operation]) {
            self.configure(&id);
            self.announce(&[&name, " added"].concat());
            reveal_soon(id);
        }
    }

    /// Removes a widget, and offers to undo it.
    pub(super) fn remove(self, id: &str) {
        let name = self.name(id);
        let next = self
            .session
            .shown
            .with_untracked(|board| next_of(board, id));
        self.grabbed.set_if_changed(None);
        let remove = BoardOperation::Remove {
            widget: id.to_owned(),
        };
        if !self.session.edit(vec![remove]) {
            return;
        }
        self.offer_undo(&[&name, " removed"].concat());
        match next {
            Some(next) => focus_soon(super::item::element_id(&next)),
            None => focus_test_id("board-add"),
        }
    }

    /// Says what was done by the newest change, and offers to undo that.
    pub(super) fn offer_undo(self, text: &str) {
        let step = self.session.newest_step();
        let undo = Action {
            label: "Undo",
            run: Arc::new(move || self.undo_step(step)),
        };
        self.announce(text);
        let toasts = self.session.page.toasts;
        toasts.offer(Level::Info, text.to_owned(), Some(undo), monotonic_ms());
    }

    /// Adds a section below all others.
    pub(super) fn add_section(self) {
        let section = new_part_id('s');
        let add = BoardOperation::AddSection {
            section,
            title: Some("New section".into()),
            index: u16::MAX,
        };
        if self.session.edit(vec![add]) {
            self.announce("Section added");
        }
    }

    /// Adds a copy of a widget beside it.
    pub(super) fn duplicate(self, id: &str) {
        let board = self.session.shown.get_untracked();
        let Some(widget) = board.widgets.get(id).cloned() else {
            return;
        };
        self.insert(vec![(
            widget,
            find(&board, id).map(|(_, item)| (item.w, item.h)),
        )]);
    }

    /// Adds widgets with their sizes, each where there is space, to the section of what is selected.
    pub(super) fn insert(self, widgets: Vec<(Widget, Option<(u16, u16)>)>) {
        let mut board = self.session.shown.get_untracked();
        let selected = self.selected.get_untracked();
        let section = selected
            .and_then(|id| find(&board, &id).map(|(section, _)| section.id.clone()))
            .or_else(|| board.sections.last().map(|section| section.id.clone()));
        let Some(section) = section else {
            return;
        };
        let (mut operations, mut last) = (Vec::new(), None);
        for (widget, size) in widgets {
            let id = new_part_id('w');
            let kind = WidgetKind::named(&widget.kind);
            let (w, h) = size.unwrap_or_else(|| kind.map_or(SIZE_DEFAULT, |kind| kind.size));
            let items = board.sections.iter().find(|it| it.id == section);
            let (x, y) = free_place(items.map_or(&[], |it| &it.items), w, h);
            let operation = BoardOperation::Add {
                section: section.clone(),
                item: Item {
                    widget: id.clone(),
                    x,
                    y,
                    w,
                    h,
                },
                widget,
            };
            // One that is impossible is left to the server's sentence.
            let _ = boards::apply(&mut board, &operation);
            operations.push(operation);
            last = Some(id);
        }
        let count = operations.len();
        if self.session.edit(operations)
            && let Some(id) = last
        {
            self.selected.set(Some(id.clone()));
            self.announce(match count {
                1 => "Widget added",
                _ => "Widgets added",
            });
            focus_soon(super::item::element_id(&id));
        }
    }
}

/// What a widget is called, or what it is.
pub(super) fn widget_name(widget: &Widget) -> String {
    match widget.title.is_empty() {
        true => WidgetKind::named(&widget.kind).map_or(&*widget.kind, |kind| kind.title),
        false => &widget.title,
    }
    .to_owned()
}

/// Replaces `$name` in the matchers. Without a value, nothing is demanded of the label.
fn bind(selector: &mut Selector, values: &[(String, String)]) {
    for (name, value) in values {
        let is_of = |text: &str| text.strip_prefix('$') == Some(name);
        if value.is_empty() {
            selector.matchers.retain(|it| !is_of(&it.value));
            continue;
        }
        for matcher in &mut selector.matchers {
            if is_of(&matcher.value) {
                value.clone_into(&mut matcher.value);
            }
        }
    }
}

/// The widget that has the focus once another is gone.
fn next_of(board: &Board, id: &str) -> Option<String> {
    let (section, _) = find(board, id)?;
    let at = section.items.iter().position(|item| item.widget == id)?;
    let next = section
        .items
        .get(at + 1)
        .or_else(|| section.items.get(at.checked_sub(1)?));
    next.map(|item| item.widget.clone())
}

/// Puts the focus on an element that is shown with the next rendering.
pub(super) fn focus_soon(id: String) {
    spawn_local(async move {
        tick().await;
        focus(&id);
    });
}

/// Scrolls to a widget that is shown with the next rendering.
fn reveal_soon(id: String) {
    spawn_local(async move {
        tick().await;
        if let Some(element) = document().get_element_by_id(&super::item::element_id(&id)) {
            element.scroll_into_view_with_bool(false);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, value: &str, expected: &str) {
        let mut selector: Selector = selector.parse().expect("a selector");
        bind(&mut selector, &[("region".into(), value.into())]);
        assert_eq!(selector.to_string(), expected);
    }

    #[test]
    fn variables_are_replaced_by_their_values() {
        let selector = r#"requests{region="$region"}"#;
        check(selector, "eu", r#"requests{region="eu"}"#);
        check(selector, "", "requests");
        let other = r#"requests{region="$regions"}"#;
        check(other, "eu", other);
    }
}
