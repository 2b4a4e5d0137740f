//! What a board may be.

use crate::apply::OperationError;
use crate::limits::{
    ID_BYTES_MAX, SECTIONS_MAX, SERIES_MAX, TEXT_BYTES_MAX, THRESHOLDS_MAX, TITLE_CHARS_MAX,
    URL_BYTES_MAX, VARIABLES_MAX, WIDGETS_MAX,
};
use protocol::{Board, Item, Variable, Widget};
use std::collections::BTreeSet;

type Checked = Result<(), OperationError>;

/// Whether a whole board is within the limits, and every widget is in one place.
pub fn check_board(board: &Board) -> Checked {
    check_title("title", &board.title)?;
    check_time(board.time.as_deref())?;
    check_variables(&board.variables)?;
    at_most("sections", board.sections.len(), SECTIONS_MAX)?;
    at_most("widgets", board.widgets.len(), WIDGETS_MAX)?;
    if board.sections.is_empty() {
        return Err(invalid("a board has at least one section"));
    }
    let mut ids = BTreeSet::new();
    let mut placed = BTreeSet::new();
    for section in &board.sections {
        check_id("section", &section.id)?;
        if !ids.insert(section.id.as_str()) {
            return Err(invalid(format!("two sections are called `{}`", section.id)));
        }
        if let Some(title) = &section.title {
            check_title("title of a section", title)?;
        }
        for item in &section.items {
            check_item(item)?;
            if board.widgets.get(&item.widget).is_none() {
                let text = format!("section `{}`: no widget `{}`", section.id, item.widget);
                return Err(invalid(text));
            }
            if !placed.insert(item.widget.as_str()) {
                return Err(invalid(format!("widget `{}` is placed twice", item.widget)));
            }
        }
    }
    for (id, widget) in board.widgets.iter() {
        check_widget(id, widget)?;
        if !placed.contains(id) {
            return Err(invalid(format!("widget `{id}` is in no section")));
        }
    }
    Ok(())
}

pub(crate) fn check_widget(id: &str, widget: &Widget) -> Checked {
    check_id("widget", id)?;
    let of = |what: &str| format!("widget `{id}`: {what}");
    short(&of("kind"), &widget.kind)?;
    short(&of("title"), &widget.title)?;
    if widget.kind.is_empty() {
        return Err(invalid(of("a kind is required")));
    }
    let options = &widget.options;
    at_most(&of("series"), widget.series.len(), SERIES_MAX)?;
    at_most(&of("names"), options.names.len(), SERIES_MAX)?;
    at_most(&of("full_names"), options.full_names.len(), SERIES_MAX)?;
    at_most(&of("thresholds"), options.thresholds.len(), THRESHOLDS_MAX)?;
    for name in options.names.iter().chain(&options.full_names) {
        short(&of("names"), name)?;
    }
    let texts = [
        ("label", &options.label),
        ("unit", &options.unit),
        ("style", &options.style),
        ("zone", &options.zone),
    ];
    for (what, text) in texts {
        short(&of(what), text.as_deref().unwrap_or_default())?;
    }
    if options.decimals.is_some_and(|it| it > 6) {
        return Err(invalid(of("decimals is at most 6")));
    }
    let numbers = options
        .thresholds
        .iter()
        .chain(&options.min)
        .chain(&options.max);
    if numbers.into_iter().any(|it| !it.is_finite()) {
        return Err(invalid(of("min, max and thresholds are finite numbers")));
    }
    if !options.thresholds.is_sorted() {
        return Err(invalid(of("thresholds ascend")));
    }
    if let (Some(min), Some(max)) = (options.min, options.max)
        && min >= max
    {
        return Err(invalid(of("min is less than max")));
    }
    if let Some(url) = &options.url {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if url.len() > URL_BYTES_MAX || !(is_web || url.is_empty()) {
            let what = format!("url begins with https:// and has at most {URL_BYTES_MAX} bytes");
            return Err(invalid(of(&what)));
        }
    }
    check_text(options.text.as_deref().unwrap_or_default())
}

pub(crate) fn check_text(text: &str) -> Checked {
    match text.len() <= TEXT_BYTES_MAX {
        true => Ok(()),
        false => Err(invalid(format!(
            "a text has at most {TEXT_BYTES_MAX} bytes"
        ))),
    }
}

pub(crate) fn check_title(what: &str, title: &str) -> Checked {
    short(what, title)?;
    match title.trim().is_empty() {
        true => Err(invalid(format!("{what} is empty"))),
        false => Ok(()),
    }
}

/// Digits and a unit, as in the page's address.
pub(crate) fn check_time(time: Option<&str>) -> Checked {
    let Some(time) = time else {
        return Ok(());
    };
    let digits = time.trim_end_matches(['s', 'm', 'h', 'd']);
    let is_span = time.len() == digits.len() + 1
        && (1..=4).contains(&digits.len())
        && digits.bytes().all(|it| it.is_ascii_digit());
    match is_span {
        true => Ok(()),
        false => Err(invalid("time is a span such as `5m`, `1h` or `7d`")),
    }
}

pub(crate) fn check_variables(variables: &[Variable]) -> Checked {
    at_most("variables", variables.len(), VARIABLES_MAX)?;
    let mut names = BTreeSet::new();
    for variable in variables {
        let name = &variable.name;
        let is_word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
        if name.is_empty() || name.len() > ID_BYTES_MAX || !name.bytes().all(is_word) {
            let text = "the name of a variable has 1 to 40 letters, digits and `_`";
            return Err(invalid(text));
        }
        if !names.insert(name.as_str()) {
            return Err(invalid(format!("two variables are called `{name}`")));
        }
        let texts = [
            &variable.title,
            &variable.label,
            &variable.metric,
            &variable.value,
        ];
        for text in texts.into_iter().flatten() {
            short(&format!("variable `{name}`"), text)?;
        }
    }
    Ok(())
}

pub(crate) fn check_item(item: &Item) -> Checked {
    check_id("widget", &item.widget)
}

pub(crate) fn check_id(kind: &str, id: &str) -> Checked {
    let is_of = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
    match !id.is_empty() && id.len() <= ID_BYTES_MAX && id.bytes().all(is_of) {
        true => Ok(()),
        false => Err(invalid(format!(
            "the identifier of a {kind} has 1 to {ID_BYTES_MAX} letters, digits and `-`"
        ))),
    }
}

fn short(what: &str, text: &str) -> Checked {
    if text.chars().count() > TITLE_CHARS_MAX {
        return Err(invalid(format!(
            "{what} has at most {TITLE_CHARS_MAX} characters"
        )));
    }
    match text.chars().any(char::is_control) {
        true => Err(invalid(format!("{what} has control characters"))),
        false => Ok(()),
    }
}

fn at_most(what: &str, count: usize, max: usize) -> Checked {
    match count <= max {
        true => Ok(()),
        false => Err(invalid(format!("{what}: at most {max}"))),
    }
}

fn invalid(text: impl Into<String>) -> OperationError {
    OperationError::invalid(text)
}
