use super::button::{Button, button, pressed};
use super::icon;
use super::shortcuts::{HELP_ID, SHORTCUTS};
use crate::browser::toggle_dialog;
use crate::state::State;
use leptos::prelude::*;

/// The help sheet: the keys, and the switch that turns them off for those who speak to their
/// browser (WCAG 2.2, 2.1.4).
pub(crate) fn help(keys_on: State<bool>, toggle_keys: Box<dyn Fn() + Send>) -> impl IntoView {
    let rows = SHORTCUTS.map(|shortcut| {
        view! {
            <div class="fact">
                <dt>
                    <kbd>{shortcut.key}</kbd>
                </dt>
                <dd>{shortcut.meaning}</dd>
            </div>
        }
    });
    let keys = Button {
        pressed: pressed(move || keys_on.get()),
        ..Button::plain(
            "shortcuts",
            "Turn the keys on or off",
            icon::CHECK,
            "Keys are on",
        )
    };
    let close = Button::plain("help-close", "Close", icon::CLOSE, "Close");
    view! {
        <dialog class="dialog" id=HELP_ID aria-labelledby="help-title" data-testid="help-sheet">
            <h2 id="help-title">"Keyboard"</h2>
            <dl class="facts column">{Vec::from(rows)}</dl>
            <h3>"On a chart"</h3>
            <dl class="facts column">
                <div class="fact"><dt><kbd>"← →"</kbd></dt><dd>"Move the cursor; with Shift, further"</dd></div>
                <div class="fact"><dt><kbd>"Home End"</kbd></dt><dd>"To the oldest, to the newest"</dd></div>
                <div class="fact"><dt><kbd>"+ −"</kbd></dt><dd>"Zoom; also Ctrl and the wheel, or drag over a stretch"</dd></div>
                <div class="fact"><dt><kbd>"0"</kbd></dt><dd>"Back to the newest"</dd></div>
                <div class="fact"><dt><kbd>"Enter"</kbd></dt><dd>"Show everything as it was at the cursor"</dd></div>
                <div class="fact"><dt><kbd>"Esc"</kbd></dt><dd>"Leave the cursor"</dd></div>
            </dl>
            <div class="controls">
                {button(keys, toggle_keys)}
                {button(close, Box::new(|| toggle_dialog(HELP_ID)))}
            </div>
        </dialog>
    }
}
