use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlInputElement};

/// Reads the file that was chosen in a field for files, and empties the field, so that the same file can be chosen again.
/// `done` gets its name and its text, or why it cannot be read.
pub(crate) fn read_chosen_file(
    event: &Event,
    bytes_max: f64,
    done: impl FnOnce(Result<(String, String), String>) + 'static,
) {
    let field = event
        .target()
        .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else {
        return;
    };
    let Some(file) = field.files().and_then(|files| files.get(0)) else {
        return;
    };
    let name = file.name();
    if file.size() > bytes_max {
        let kib = (bytes_max / 1_024.0) as u64;
        return done(Err(format!("{name} is larger than {kib} KiB.")));
    }
    let text = JsFuture::from(file.text());
    spawn_local(async move {
        let text = text.await.ok().and_then(|text| text.as_string());
        field.set_value("");
        done(match text {
            Some(text) => Ok((name, text)),
            None => Err(format!("{name} cannot be read.")),
        });
    });
}
