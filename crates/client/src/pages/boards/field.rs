//! Fields of the panel: each makes its own change when it is left.

use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, settled};
use crate::kit::text_content::translatable;
use leptos::prelude::*;

/// Makes a change of what was typed, or says in a sentence what would be right.
pub(super) type Change = Box<dyn Fn(String) -> Result<(), String>>;

/// A field for text.
pub(super) struct Field {
    /// Unique on the page.
    pub(super) id: String,
    pub(super) label: &'static str,
    /// What is accepted; empty if anything is.
    pub(super) hint: &'static str,
    /// The identifier of a list of what may be meant.
    pub(super) list: Option<&'static str>,
    /// How a phone's keyboard is.
    pub(super) mode: &'static str,
    pub(super) value: Signal<String>,
}

impl Field {
    pub(super) fn text(id: &str, label: &'static str, value: Signal<String>) -> Self {
        Self {
            id: id.to_owned(),
            label,
            hint: "",
            list: None,
            mode: "text",
            value,
        }
    }

    pub(super) fn number(id: &str, label: &'static str, value: Signal<String>) -> Self {
        Self {
            mode: "decimal",
            ..Self::text(id, label, value)
        }
    }
}

pub(super) fn field(of: Field, change: Change) -> Piece {
    let error = State::new(String::new());
    let Field {
        id,
        label,
        hint,
        list,
        mode,
        value,
    } = of;
    let hint_id = [&id, "-hint"].concat();
    let error_text = live(move || error.get());
    let is_wrong = live(move || error.with(|it| !it.is_empty()).to_string());
    view! {
        <div class="board-field">
            <label for=id.clone()>{label}</label>
            <input
                class="field"
                type="text"
                inputmode=mode
                id=id.clone()
                data-testid=id
                list=list
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=hint_id.clone()
                aria-invalid=is_wrong
                prop:value=settled(value)
                on:change=move |event| {
                    let result = change(event_target_value(&event));
                    // The change may have closed the panel; unlike others, this accepts that.
                    error.set(result.err().unwrap_or_default());
                }
            />
            <p class="form-hint" id=hint_id>{hint}</p>
            <p class="form-error" role="alert" {..translatable(error_text)}></p>
        </div>
    }
    .into_piece()
}

/// A switch.
pub(super) fn check(
    id: &'static str,
    label: &'static str,
    is_on: Signal<bool>,
    set: Box<dyn Fn(bool)>,
) -> Piece {
    view! {
        <label class="form-check">
            <input
                type="checkbox"
                data-testid=id
                prop:checked=is_on
                on:change=move |event| set(event_target_checked(&event))
            />
            {label}
        </label>
    }
    .into_piece()
}

/// A choice, each option with its value and what it is called.
pub(super) fn choice(
    id: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    value: Signal<String>,
    choose: Box<dyn Fn(String)>,
) -> Piece {
    let mut made = Vec::new();
    for (of, name) in options {
        let this = of.clone();
        let is_chosen = Signal::derive(move || value.with(|value| *value == this));
        made.push(view! {
            <option value=of prop:selected=is_chosen>
                {name}
            </option>
        });
    }
    view! {
        <div class="board-field">
            <label for=id>{label}</label>
            <select
                class="select"
                id=id
                data-testid=id
                autocomplete="off"
                on:change=move |event| choose(event_target_value(&event))
            >
                {made}
            </select>
        </div>
    }
    .into_piece()
}

/// A number that was typed; none of an empty text.
pub(super) fn number(text: &str) -> Result<Option<f64>, String> {
    let text = text.trim().replace(',', ".").replace('−', "-");
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(format!("“{text}” is not a number, such as 12.5.")),
    }
}

/// Numbers that were typed, with spaces or semicolons between them.
pub(super) fn numbers(text: &str) -> Result<Vec<f64>, String> {
    let parts = text.split(|it: char| it.is_whitespace() || it == ';');
    let mut numbers = Vec::new();
    for part in parts {
        numbers.extend(number(part.trim_end_matches(','))?);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        assert_eq!(number(" 12,5 "), Ok(Some(12.5)));
        assert_eq!(number("−3"), Ok(Some(-3.0)));
        assert_eq!(number(""), Ok(None));
        assert!(number("inf").is_err() && number("12 %").is_err());
        assert_eq!(numbers("75 90"), Ok(vec![75.0, 90.0]));
        assert_eq!(numbers("75, 90;95.5"), Ok(vec![75.0, 90.0, 95.5]));
        assert_eq!(numbers(""), Ok(vec![]));
        assert!(numbers("a").is_err());
    }
}
