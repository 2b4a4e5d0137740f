//! Creates a board, of a template or of a file.

use super::list::Boards;
use super::template_data::TEMPLATES;
use super::templates::{new_content, template};
use super::transfer::import;
use crate::kit::browser::{open_page, read_chosen_file, uri_component};
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::format::sentence;
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::pages::account::said;
use crate::session::boards::{create, new_edit_id};
use boards::BOARD_BYTES_MAX;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::boards::NewBoard;
use protocol::{BoardVisibility, Selector};

/// The template whose charts are of what the user enters.
const APPLICATION: &str = "Application";

/// The form.
pub(super) fn new_board(boards: Boards) -> Piece {
    let title = State::new(String::new());
    let chosen = State::new(TEMPLATES[0].name.to_owned());
    let series = State::new(String::new());
    let is_private = State::new(false);
    let mut choices = Vec::new();
    for template in TEMPLATES {
        choices.push(choice(chosen, template.name, template.about));
    }
    let templates = view! {
        <fieldset class="board-templates">
            <legend>"Begin with"</legend>
            {choices}
        </fieldset>
    };
    let fields = vec![
        field(Field {
            hint: "1 to 100 characters.",
            ..Field::text("board-title", "Title", title)
        }),
        templates.into_piece(),
        series_field(series, chosen),
        visibility(boards, is_private),
    ];
    // The same for all attempts, so that one that was not answered creates no second board.
    let id = StoredValue::new(None::<String>);
    let work = move || -> Work {
        let series = selectors(&series.get_untracked(), &chosen.get_untracked());
        let visibility = match is_private.get_untracked() || !boards.may_share_untracked() {
            true => BoardVisibility::Private,
            false => BoardVisibility::Team,
        };
        let title = title.get_untracked().trim().to_owned();
        let known = id.get_value().unwrap_or_else(new_edit_id);
        id.set_value(Some(known.clone()));
        let template = template(&chosen.get_untracked());
        Box::pin(async move {
            let series = series?;
            let new = NewBoard {
                title,
                visibility,
                content: template.map(|it| new_content(it, &series)),
                id: Some(known),
            };
            match create(&new).await {
                Ok(created) => {
                    open(&created.info.id);
                    Ok("Created.".to_owned())
                }
                Err(refusal) => {
                    // What was refused is another board once it is mended.
                    if refusal.status.is_some() {
                        id.set_value(None);
                    }
                    Err(said(refusal))
                }
            }
        })
    };
    form(
        "board-form",
        fields,
        Submission::new(),
        "Create board",
        Box::new(work),
    )
}

fn open(id: &str) {
    open_page(&["/boards?board=", &uri_component(id)].concat());
}

fn choice(chosen: State<String>, name: &'static str, about: &'static str) -> Piece {
    view! {
        <label class="board-template">
            <input
                type="radio"
                name="board-template"
                value=name
                data-testid=["template-", name].concat()
                prop:checked=when(move || chosen.with(|it| it == name))
                on:change=move |_| chosen.set(name.to_owned())
            />
            <span class="board-template-text">
                <strong>{name}</strong>
                <span class="form-hint">{about}</span>
            </span>
        </label>
    }
    .into_piece()
}

/// The series of one's own programs, each of which becomes a chart.
fn series_field(series: State<String>, chosen: State<String>) -> Piece {
    let is_other = when(move || chosen.with(|it| it != APPLICATION));
    view! {
        <div class="form-field" hidden=is_other>
            <label for="board-series">"Series"</label>
            <textarea
                class="field"
                id="board-series"
                data-testid="board-series"
                rows="3"
                spellcheck="false"
                autocapitalize="none"
                aria-describedby="board-series-hint"
                prop:value=live(move || series.get())
                on:input=move |event| series.set(event_target_value(&event))
            ></textarea>
            <p class="form-hint" id="board-series-hint">
                "One in each line, such as requests{region=\"eu\"} or sum by (region) (requests). Each becomes a chart."
            </p>
        </div>
    }
    .into_piece()
}

fn selectors(text: &str, template: &str) -> Result<Vec<Selector>, String> {
    let mut selectors = Vec::new();
    if template != APPLICATION {
        return Ok(selectors);
    }
    for line in text.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let selector = line.parse();
        selectors.push(selector.map_err(|why| format!("“{line}” is no selector: {why}."))?);
    }
    Ok(selectors)
}

fn visibility(boards: Boards, is_private: State<bool>) -> Piece {
    let cannot = when(move || !boards.may_share());
    let can = when(move || boards.may_share());
    view! {
        <div hidden=cannot>
            <label class="form-check">
                <input
                    type="checkbox"
                    data-testid="board-private"
                    prop:checked=when(move || is_private.get())
                    on:change=move |event| is_private.set(event_target_checked(&event))
                />
                "Private: only I see it"
            </label>
        </div>
        <p class="form-hint" hidden=can>"Only you will see it. Operators and admins create boards for everybody."</p>
    }
    .into_piece()
}

/// A button that takes a file.
pub(super) fn import_field(boards: Boards) -> Piece {
    let chosen = move |event: web_sys::Event| {
        let may_share = boards.may_share_untracked();
        read_chosen_file(&event, BOARD_BYTES_MAX as f64 * 2.0, move |file| {
            let (name, text) = match file {
                Ok(file) => file,
                Err(why) => return boards.told(Err(why)),
            };
            let visibility = match may_share {
                true => BoardVisibility::Team,
                false => BoardVisibility::Private,
            };
            spawn_local(async move {
                let imported = import(&text, visibility, new_edit_id()).await;
                boards.told(match imported {
                    Ok(of) => {
                        let count = of.board.widgets.len();
                        Ok(format!(
                            "“{}” imported from {name}: {count} widgets.",
                            of.info.title
                        ))
                    }
                    Err(why) => Err(sentence(&[&name, ": ", &why].concat())),
                });
            });
        });
    };
    view! {
        <label class="button board-import">
            {icon(icon::UP)} "Import…"
            <input
                class="visually-hidden"
                type="file"
                accept=".json,application/json"
                data-testid="board-import"
                on:change=chosen
            />
        </label>
    }
    .into_piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_selector() {
        let read = |text| selectors(text, APPLICATION).map(|it| it.len());
        assert_eq!(read("requests\n\n sum by (region) (requests) "), Ok(2));
        let why = read("requests\nrequests{").expect_err("no selector");
        assert!(why.starts_with("“requests{” is no selector: "), "{why}");
        assert_eq!(selectors("{", "Host").map(|it| it.len()), Ok(0));
    }
}
