//! Forms: fields with labels and hints, and what became of their submission.

use super::piece::{IntoPiece, Piece};
use super::state::State;
use super::text::{live, when};
use super::text_content::text_content;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::pin::Pin;

/// A field for text.
pub(crate) struct Field {
    /// Unique on the page; also the name by which tests find it.
    pub(crate) id: String,
    pub(crate) label: &'static str,
    /// The `type` of the element, such as `text` or `password`.
    pub(crate) kind: &'static str,
    /// What the browser may fill in (HTML, 4.10.18.7).
    pub(crate) autocomplete: &'static str,
    /// What is accepted; empty if anything is.
    pub(crate) hint: &'static str,
    pub(crate) value: State<String>,
    /// Whether it is off the page, and must not be filled in.
    pub(crate) hidden: Signal<bool>,
}

impl Field {
    pub(crate) fn text(id: &str, label: &'static str, value: State<String>) -> Self {
        Self {
            id: id.to_owned(),
            label,
            kind: "text",
            autocomplete: "off",
            hint: "",
            value,
            hidden: when(|| false),
        }
    }

    /// A password that the user has.
    pub(crate) fn password(id: &str, label: &'static str, value: State<String>) -> Self {
        Self {
            kind: "password",
            autocomplete: "current-password",
            ..Self::text(id, label, value)
        }
    }

    /// A password that the user chooses.
    pub(crate) fn new_password(id: &str, label: &'static str, value: State<String>) -> Self {
        Self {
            autocomplete: "new-password",
            hint: "10 to 200 characters.",
            ..Self::password(id, label, value)
        }
    }

    /// Six digits of an authenticator.
    pub(crate) fn code(id: &str, label: &'static str, value: State<String>) -> Self {
        Self {
            autocomplete: "one-time-code",
            ..Self::text(id, label, value)
        }
    }
}

pub(crate) fn field(field: Field) -> Piece {
    let Field {
        id,
        label,
        kind,
        autocomplete,
        hint,
        value,
        hidden,
    } = field;
    let hint_id = [&id, "-hint"].concat();
    view! {
        <div class="form-field" hidden=hidden>
            <label for=id.clone()>{label}</label>
            <input
                class="field"
                type=kind
                name=id.clone()
                data-testid=id.clone()
                id=id
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=hint_id.clone()
                required=when(move || !hidden.get())
                prop:value=live(move || value.get())
                on:input=move |event| value.set(event_target_value(&event))
            />
            <p class="form-hint" id=hint_id>{hint}</p>
        </div>
    }
    .into_piece()
}

/// What a form does when it is submitted. The error is a sentence for the user, the success one, too, or empty.
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<String, String>>>>;

/// What became of the last submission.
#[derive(Clone, Copy)]
pub(crate) struct Submission {
    busy: State<bool>,
    error: State<String>,
    done: State<String>,
}

impl Submission {
    pub(crate) fn new() -> Self {
        Self {
            busy: State::new(false),
            error: State::new(String::new()),
            done: State::new(String::new()),
        }
    }

    /// Does the work, unless it is being done.
    pub(crate) fn run(self, work: Work) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(String::new());
        self.done.set(String::new());
        spawn_local(async move {
            let result = work.await;
            self.busy.set(false);
            match result {
                Ok(text) => self.done.set(text),
                Err(text) => self.error.set(text),
            }
        });
    }

    /// Shows that something else has succeeded.
    pub(crate) fn say(self, text: &str) {
        self.error.set(String::new());
        self.done.set(text.to_owned());
    }

    /// Where the outcome is shown, and announced.
    pub(crate) fn outcome(self) -> Piece {
        let Self { error, done, .. } = self;
        view! {
            <p class="form-error" role="alert" data-testid="form-error" {..text_content(live(move || error.get()))}></p>
            <p class="form-done" role="status" data-testid="form-done" {..text_content(live(move || done.get()))}></p>
        }
        .into_piece()
    }
}

/// A form: its fields, where the outcome is shown, and a button that submits it.
pub(crate) fn form(
    test_id: &'static str,
    fields: Vec<Piece>,
    submission: Submission,
    label: &'static str,
    work: Box<dyn Fn() -> Work>,
) -> Piece {
    view! {
        <form
            class="form"
            data-testid=test_id
            on:submit=move |event| {
                event.prevent_default();
                submission.run(work());
            }
        >
            {fields}
            {submission.outcome()}
            <div class="controls">
                <button
                    class="button primary"
                    type="submit"
                    aria-disabled=live(move || submission.busy.get().to_string())
                >
                    {label}
                </button>
            </div>
        </form>
    }
    .into_piece()
}
