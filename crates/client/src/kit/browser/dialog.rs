use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

/// Opens the dialog with this identifier above the page, or closes it.
pub(crate) fn toggle_dialog(id: &str) {
    let Some(dialog) = document().get_element_by_id(id) else {
        return;
    };
    let dialog: HtmlDialogElement = dialog.unchecked_into();
    if dialog.open() {
        dialog.close();
    } else {
        // Fails only for a dialog that is open.
        let _ = dialog.show_modal();
    }
}
