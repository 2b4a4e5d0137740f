use crate::browser;
use crate::store::{Part, View};
use leptos::prelude::*;

/// What the whole page has to say, above everything else; usually nothing.
pub(crate) fn notices(view: View, page_version: String) -> AnyView {
    let upgraded = move || {
        view.read(Part::Server, |knowledge| {
            knowledge.server.version != page_version
        })
    };
    view! {
        <p class="notice notice-unscripted">
            "JavaScript is off: these are the figures at the moment the page was loaded. It does not update by itself; reload it for new ones."
        </p>
        <p class="notice notice-failed" role="alert">
            "The page could not start: these are the figures at the moment it was loaded. Reload it to try again."
        </p>
        <Show when=upgraded>
            <p class="notice" role="status">
                "The server was upgraded. "
                <button class="button" type="button" on:click=|_| browser::reload()>
                    "Reload the page"
                </button>
            </p>
        </Show>
    }
    .into_any()
}
