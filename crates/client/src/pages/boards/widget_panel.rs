//! Everything that can be set of a widget. Each field makes its own change, so that two people can set different ones.

use super::editor::Editor;
use super::field::{Change, Field, check, choice, field, number, numbers};
use super::series_field::series_fields;
use super::text_field::text_field;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::widgets::{Setting, WIDGET_KINDS, WidgetKind};
use leptos::prelude::*;
use protocol::{BoardOperation, Widget, WidgetField};

pub(super) fn widget_panel(editor: Editor) -> Piece {
    // Another widget, or another kind, has other fields.
    let of = Memo::new(move |_| {
        let id = editor.selected.get()?;
        let shown = editor.session.shown;
        let kind = shown.with(|it| it.widgets.get(&id).map(|it| it.kind.clone()))?;
        Some((id, kind))
    });
    let view = move || match of.get() {
        Some((id, kind)) => fields(editor, id, &kind),
        None => view! { <p class="form-hint">"Select a widget."</p> }.into_piece(),
    };
    view.into_piece()
}

/// The widget that the panel is about.
#[derive(Clone)]
struct Of {
    editor: Editor,
    id: String,
}

impl Of {
    /// What is read of the widget, as it is now.
    fn text(&self, read: fn(&Widget) -> String) -> Signal<String> {
        let Self { editor, id } = self.clone();
        live(move || {
            let shown = editor.session.shown;
            shown.with(|it| it.widgets.get(&id).map(read).unwrap_or_default())
        })
    }

    fn is(&self, read: fn(&Widget) -> bool) -> Signal<bool> {
        let Self { editor, id } = self.clone();
        when(move || {
            let shown = editor.session.shown;
            shown.with(|it| it.widgets.get(&id).is_some_and(read))
        })
    }

    fn set(&self, change: WidgetField) -> Result<(), String> {
        self.editor.session.try_edit(vec![BoardOperation::Set {
            widget: self.id.clone(),
            change,
        }])
    }

    /// Sets what was typed.
    fn change(&self, read: fn(String) -> Result<WidgetField, String>) -> Change {
        let of = self.clone();
        Box::new(move |text| of.set(read(text.trim().to_owned())?))
    }

    fn field(&self, field_of: Field, read: fn(String) -> Result<WidgetField, String>) -> Piece {
        field(field_of, self.change(read))
    }

    fn check(
        &self,
        id: &'static str,
        label: &'static str,
        read: fn(&Widget) -> bool,
        make: fn(Option<bool>) -> WidgetField,
    ) -> Piece {
        let of = self.clone();
        let set = move |is_on: bool| {
            of.editor.session.edit(vec![BoardOperation::Set {
                widget: of.id.clone(),
                change: make(is_on.then_some(true)),
            }]);
        };
        check(id, label, self.is(read), Box::new(set))
    }
}

fn fields(editor: Editor, id: String, kind: &str) -> Piece {
    let of = Of {
        editor,
        id: id.clone(),
    };
    let known = WidgetKind::named(kind);
    let mut made = vec![
        actions(editor, id.clone()),
        kinds(&of, kind),
        of.field(
            Field::text("widget-title", "Title", of.text(|it| it.title.clone())),
            |text| Ok(WidgetField::Title(text)),
        ),
    ];
    if let Some(kind) = known {
        if kind.series.most > 0 {
            made.push(series_fields(editor, &id, kind));
        }
        for setting in kind.settings {
            made.push(setting_field(&of, *setting));
        }
    }
    view! { <div class="board-fields">{made}</div> }.into_piece()
}

fn kinds(of: &Of, kind: &str) -> Piece {
    let mut options = Vec::new();
    for known in WIDGET_KINDS {
        options.push((known.name.to_owned(), known.title.to_owned()));
    }
    if WidgetKind::named(kind).is_none() {
        options.push((kind.to_owned(), kind.to_owned()));
    }
    let set = of.clone();
    let choose = move |kind: String| {
        set.editor.session.edit(vec![BoardOperation::Set {
            widget: set.id.clone(),
            change: WidgetField::Kind(kind),
        }]);
    };
    choice(
        "widget-kind",
        "Kind",
        options,
        of.text(|it| it.kind.clone()),
        Box::new(choose),
    )
}

/// As a field has a number.
fn written(number: Option<f64>) -> String {
    number.map(|it| it.to_string()).unwrap_or_default()
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[expect(clippy::too_many_lines, reason = "one short arm for each option")]
fn setting_field(of: &Of, setting: Setting) -> Piece {
    match setting {
        // Names are beside the series that they are of.
        Setting::Names | Setting::FullNames => ().into_piece(),
        Setting::Label => of.field(
            Field {
                hint: "The label that tells the series apart, such as mount.",
                ..Field::text(
                    "widget-label",
                    "Label",
                    of.text(|it| it.options.label.clone().unwrap_or_default()),
                )
            },
            |text| Ok(WidgetField::Label(some(text))),
        ),
        Setting::Unit => of.field(
            Field {
                hint: "Such as %, B/s, ms or °C. Empty: the unit of the series.",
                ..Field::text(
                    "widget-unit",
                    "Unit",
                    of.text(|it| it.options.unit.clone().unwrap_or_default()),
                )
            },
            |text| Ok(WidgetField::Unit(some(text))),
        ),
        Setting::Decimals => of.field(
            Field {
                hint: "0 to 6. Empty: as many as each value needs.",
                ..Field::number(
                    "widget-decimals",
                    "Decimals",
                    of.text(|it| {
                        let decimals = it.options.decimals;
                        decimals.map(|it| it.to_string()).unwrap_or_default()
                    }),
                )
            },
            |text| match (text.is_empty(), text.parse::<u32>()) {
                (true, _) => Ok(WidgetField::Decimals(None)),
                (false, Ok(decimals)) if decimals <= 6 => {
                    Ok(WidgetField::Decimals(Some(decimals)))
                }
                _ => Err("Decimals are a whole number from 0 to 6.".into()),
            },
        ),
        Setting::Min => of.field(
            Field::number("widget-min", "Lowest value", of.text(|it| written(it.options.min))),
            |text| Ok(WidgetField::Min(number(&text)?)),
        ),
        Setting::Max => of.field(
            Field::number("widget-max", "Highest value", of.text(|it| written(it.options.max))),
            |text| Ok(WidgetField::Max(number(&text)?)),
        ),
        Setting::Thresholds => of.field(
            Field {
                hint: "Ascending, such as 75 90: the last one is critical, the others are warnings.",
                ..Field::text(
                    "widget-thresholds",
                    "Thresholds",
                    of.text(|it| {
                        let thresholds = it.options.thresholds.iter();
                        thresholds.map(f64::to_string).collect::<Vec<_>>().join(" ")
                    }),
                )
            },
            |text| Ok(WidgetField::Thresholds(numbers(&text)?)),
        ),
        Setting::Unfilled => of.check(
            "widget-unfilled",
            "Lines without areas below them",
            |it| it.options.unfilled == Some(true),
            WidgetField::Unfilled,
        ),
        Setting::Stacked => of.check(
            "widget-stacked",
            "Stack the series",
            |it| it.options.stacked == Some(true),
            WidgetField::Stacked,
        ),
        Setting::Optional => of.check(
            "widget-optional",
            "Hide while there is no data",
            |it| it.options.optional == Some(true),
            WidgetField::Optional,
        ),
        Setting::Style => {
            let options = [("", "Lines"), ("bars", "Bars")];
            let options = options.map(|(value, name)| (value.to_owned(), name.to_owned()));
            let set = of.clone();
            let choose = move |style: String| {
                set.editor.session.edit(vec![BoardOperation::Set {
                    widget: set.id.clone(),
                    change: WidgetField::Style(some(style)),
                }]);
            };
            let value = of.text(|it| match it.options.style.as_deref() {
                Some("bars") => "bars".into(),
                _ => String::new(),
            });
            choice("widget-style", "Style", options.to_vec(), value, Box::new(choose))
        }
        Setting::Text => text_field(of.editor, &of.id),
        Setting::Url => of.field(
            Field {
                hint: "Begins with https://. An admin allows the sites that pictures may be from.",
                mode: "url",
                ..Field::text(
                    "widget-url",
                    "Address",
                    of.text(|it| it.options.url.clone().unwrap_or_default()),
                )
            },
            |text| Ok(WidgetField::Url(some(text))),
        ),
        Setting::Zone => of.field(
            Field {
                hint: "Such as Europe/Vienna. Empty: the browser's.",
                ..Field::text(
                    "widget-zone",
                    "Time zone",
                    of.text(|it| it.options.zone.clone().unwrap_or_default()),
                )
            },
            |text| Ok(WidgetField::Zone(some(text))),
        ),
    }
}

/// What can be done with the widget, for those who do not drag.
fn actions(editor: Editor, id: String) -> Piece {
    let [up, down, copy, remove] = [id.clone(), id.clone(), id.clone(), id];
    let small = |test_id, title, icon, label| Button::plain(test_id, title, icon, label).small();
    let remove_button = Button {
        class: "button chip danger",
        ..Button::plain("widget-remove", "Remove this widget", icon::CLOSE, "Remove")
    };
    view! {
        <div class="controls board-actions">
            {button(small("widget-up", "Move before the previous widget", icon::UP, "Move up"), Box::new(move || editor.shift(&up, false)))}
            {button(small("widget-down", "Move behind the next widget", icon::DOWN, "Move down"), Box::new(move || editor.shift(&down, true)))}
            {button(small("widget-copy", "Add a copy (Ctrl D)", icon::COPY, "Duplicate"), Box::new(move || editor.duplicate(&copy)))}
            {button(remove_button, Box::new(move || editor.remove(&remove)))}
        </div>
    }
    .into_piece()
}
