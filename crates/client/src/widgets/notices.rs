use crate::kit::button::{Button, button};
use crate::kit::text::when;
use crate::kit::{browser, icon};
use crate::model::Part;
use crate::session::ShownModel;
use leptos::prelude::*;

/// What the whole page has to say, above everything else; usually nothing.
pub(crate) fn notices(shown: ShownModel, page_version: String) -> impl IntoView {
    let same_version =
        when(move || shown.read(Part::Server, |model| model.server.version == page_version));
    let title = "Reload";
    let reload = Button::plain("reload", title, icon::REFRESH, "Reload");
    view! {
        <aside class="bodiless" aria-label="Notices">
            <p class="notice notice-unscripted">
                "JavaScript is off. Reload the page for new values."
            </p>
            <p class="notice notice-failed">
                "The page could not start. Reload it to try again."
            </p>
            <div class="notice" hidden=same_version>
                <p>"A new version is running."</p>
                {button(reload, Box::new(browser::reload))}
            </div>
        </aside>
    }
}
