use super::actions::{DIALOG_STYLE, HELP_ID};
use super::shortcuts::{SHORTCUTS, shown_key, toggle_keys};
use crate::kit::browser::toggle_dialog;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::later::{Build, chunk, place};
use crate::kit::piece::IntoPiece;
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::kit::toasts::Toasts;
use leptos::html::Dialog;
use leptos::prelude::*;
use std::sync::Arc;

/// The place of the help sheet, which is loaded on its first use.
pub(crate) fn help_place(toasts: Toasts, help: State<bool>, keys_on: State<bool>) -> impl IntoView {
    place(toasts, help, Box::new(move || fetch(keys_on)))
}

// Together with the command palette: a part of its own would cost more.
chunk! {
    on_demand:
    fn fetch(keys_on: State<bool>) -> Build {
        DIALOG_STYLE.add();
        Arc::new(move || help(keys_on).into_piece())
    }
}

/// The help sheet: the keys, and the switch that turns them off, for speech input (WCAG 2.2, 2.1.4). It opens when it
/// is loaded, and stays to be opened again.
fn help(keys_on: State<bool>) -> impl IntoView {
    let sheet = NodeRef::<Dialog>::new();
    on_change(move || {
        if let Some(sheet) = sheet.get() {
            // A click beside it closes it, too. It fails for impossible names only.
            let _ = sheet.set_attribute("closedby", "any");
            toggle_dialog(HELP_ID);
        }
    });
    let rows = SHORTCUTS.map(|shortcut| {
        view! {
            <div class="fact">
                <dt>
                    <kbd>{shown_key(shortcut.key)}</kbd>
                </dt>
                <dd>{shortcut.meaning}</dd>
            </div>
        }
    });
    let close = Button::plain("help-close", "Close", icon::CLOSE, "Close");
    view! {
        <dialog
            class="dialog"
            id=HELP_ID
            node_ref=sheet
            aria-labelledby="help-title"
            data-testid="help-sheet"
        >
            <h2 id="help-title" tabindex="-1" autofocus>"Keyboard shortcuts"</h2>
            <dl class="facts column">{Vec::from(rows)}</dl>
            <h3>"Everywhere"</h3>
            <dl class="facts column">
                <div class="fact"><dt><kbd>"Ctrl K"</kbd></dt><dd>"Search or run a command"</dd></div>
            </dl>
            <h3>"On a chart"</h3>
            <dl class="facts column">
                <div class="fact"><dt><kbd>"Left Right"</kbd></dt><dd>"Move the cursor; with Shift, further"</dd></div>
                <div class="fact"><dt><kbd>"Home End"</kbd></dt><dd>"To the oldest, to the newest"</dd></div>
                <div class="fact"><dt><kbd>"+ −"</kbd></dt><dd>"Zoom; also Ctrl and the wheel, or drag to zoom"</dd></div>
                <div class="fact"><dt><kbd>"0"</kbd></dt><dd>"Back to live"</dd></div>
                <div class="fact"><dt><kbd>"Enter"</kbd></dt><dd>"Open playback at the cursor"</dd></div>
                <div class="fact"><dt><kbd>"Esc"</kbd></dt><dd>"Hide the cursor"</dd></div>
            </dl>
            <div class="controls">
                <button
                    class="button"
                    type="button"
                    role="switch"
                    data-testid="shortcuts"
                    aria-checked=live(move || keys_on.get().to_string())
                    on:click=move |_| toggle_keys(keys_on)
                >
                    "Shortcuts on"
                </button>
                {button(close, Box::new(|| toggle_dialog(HELP_ID)))}
            </div>
        </dialog>
    }
}
