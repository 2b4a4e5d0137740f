use crate::kit::browser::copy_text;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::translatable;
use leptos::prelude::*;

/// A secret that is shown this one time, with a button that copies it.
pub(super) fn once(id: &'static str, label: &'static str, secret: &str) -> Piece {
    let outcome = State::new(String::new());
    let copied = secret.to_owned();
    let copy = move || {
        copy_text(&copied, move |done| {
            let text = match done {
                true => "Copied.",
                false => "The browser does not allow to copy: select the text.",
            };
            outcome.set(text.to_owned());
        });
    };
    view! {
        <div class="once">
            <p class="form-label">{label}</p>
            <pre class="once-text" id=id tabindex="0" translate="no" data-testid=id aria-label=label role="region">{secret.to_owned()}</pre>
            <div class="controls">
                <button
                    class="button chip"
                    type="button"
                    data-testid=[id, "-copy"].concat()
                    aria-label=["Copy ", label].concat()
                    on:click=move |_| copy()
                >
                    "Copy"
                </button>
                <span class="account-note" role="status" {..translatable(live(move || outcome.get()))}></span>
            </div>
        </div>
    }
    .into_piece()
}
