//! The parts of the kit, each in all its states.

use crate::kit::bar::{Limits, bar, bars};
use crate::kit::button::{Button, button, pressed};
use crate::kit::card::{card, card_titled, hidden_unless, no_note};
use crate::kit::fact::fact;
use crate::kit::form::{Field, Submission, field, form};
use crate::kit::icon::{self, icon, level_path};
use crate::kit::menu::menu;
use crate::kit::more::More;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::{number, still};
use leptos::prelude::*;
use protocol::Level;

pub(super) fn parts() -> Piece {
    view! {
        <main class="dashboard" aria-label="Parts">
            {card("gallery-buttons", "Buttons", no_note(), buttons())}
            {card("gallery-choices", "Choices", no_note(), choices())}
            {card("gallery-bars", "Bars", no_note(), all_bars())}
            {card("gallery-facts", "Facts and icons", no_note(), facts())}
            {card("gallery-form", "Form", no_note(), a_form())}
            {card("gallery-note", "A card with a note", still("updated 42 s ago"), empty())}
            {card_titled(
                "gallery-long",
                still("A card with a title that is longer than its place, so that it is cut off"),
                no_note(),
                menu("gallery-menu".into(), "More of this".into(), menu_items()),
                empty(),
            )}
            {hidden_unless(|| true, card("gallery-cell", "A cell", no_note(), empty()))}
        </main>
    }
    .into_piece()
}

fn nothing() -> Box<dyn Fn() + Send> {
    Box::new(|| ())
}

fn buttons() -> Piece {
    let plain = || Button::plain("gallery-button", "What it does", icon::SAVE, "Button");
    let held = |is: bool| Button {
        pressed: pressed(move || is),
        ..plain()
    };
    let mut all: Vec<Piece> = Vec::new();
    for what in [
        plain(),
        Button::plain("gallery-button", "Without an icon", "", "Button"),
        plain().small(),
        plain().bare(),
        held(false),
        held(true),
        held(false).small(),
        held(true).small(),
        Button {
            class: "button primary",
            ..plain()
        },
    ] {
        all.push(button(what, nothing()).into_piece());
    }
    let disabled = view! {
        <button class="button" type="button" aria-disabled="true">
            "Disabled"
        </button>
    };
    let count = || 48;
    view! {
        <div class="controls">{all} {disabled} {More::new(count, 24).switch()}</div>
    }
    .into_piece()
}

fn menu_items() -> Piece {
    let item = Button::plain("gallery-item", "An action", icon::SAVE, "CSV");
    button(item, nothing()).into_piece()
}

fn choices() -> Piece {
    let of = Select {
        test_id: "gallery-select",
        label: "A choice",
        options: options([["1", "One"], ["2", "Two"]]),
    };
    view! {
        <div class="controls">
            {select(of, Box::new(|_| ()))}
            <input class="field" placeholder="A field" aria-label="A field" />
            {icon(icon::OPEN)}
        </div>
    }
    .into_piece()
}

fn all_bars() -> Piece {
    let limits = Limits::of(&[75.0, 90.0]);
    let mut single: Vec<Piece> = Vec::new();
    for percent in [None, Some(0.0), Some(40.0), Some(80.0), Some(95.0)] {
        single.push(bar(number(move || percent), limits).into_piece());
    }
    let many = || {
        vec![
            Some(10.0),
            Some(45.0),
            None,
            Some(80.0),
            Some(95.0),
            Some(100.0),
        ]
    };
    view! { <div class="controls">{single} {bars(many, limits)}</div> }.into_piece()
}

fn facts() -> Piece {
    let mut levels: Vec<Piece> = Vec::new();
    for level in Level::ALL {
        let shape = view! {
            <span data-level=level.name()>
                {icon(level_path(level))} " " {level.name()}
            </span>
        };
        levels.push(shape.into_piece());
    }
    view! {
        <dl class="facts">
            {fact("Latency", None, still("3 ms"))}
            {fact("Messages received", None, still("106"))}
        </dl>
        <div class="controls">{levels}</div>
    }
    .into_piece()
}

fn a_form() -> Piece {
    let value = State::new("anna".to_owned());
    let fields = vec![
        field(Field::text("gallery-name", "Name", value)),
        field(Field::new_password(
            "gallery-password",
            "Password",
            State::new(String::new()),
        )),
    ];
    let work = || Box::pin(async { Ok(String::new()) }) as _;
    form(
        "gallery-form",
        fields,
        Submission::new(),
        "Save",
        Box::new(work),
    )
}

fn empty() -> Piece {
    view! { <p class="empty">"No matching entries"</p> }.into_piece()
}
