use crate::kit::button::{Button, button};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::{browser, icon};
use crate::model::Part;
use crate::session::connection::OfflineReason;
use crate::session::{ConnectionStatus, ShownModel};
use leptos::prelude::*;

/// What the whole page has to say, above everything else; usually nothing.
pub(crate) fn notices(
    shown: ShownModel,
    connection_status: State<ConnectionStatus>,
    page_version: String,
) -> impl IntoView {
    let is_offline = move |wanted: OfflineReason| {
        when(move || connection_status.get() != ConnectionStatus::Offline(wanted))
    };
    let same_version =
        when(move || shown.read(Part::Server, |model| model.server.version == page_version));
    // Back to what is shown, once it may be.
    let sign_in = live(move || match connection_status.get() {
        ConnectionStatus::Offline(OfflineReason::NotSignedIn) => {
            browser::page_url(&browser::sign_in_path())
        }
        _ => String::new(),
    });
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
            <div class="notice" hidden=is_offline(OfflineReason::NotSignedIn)>
                <p>"Signed out."</p>
                <a class="button" href=sign_in data-testid="sign-in">"Sign in"</a>
            </div>
            <p class="notice" hidden=is_offline(OfflineReason::Forbidden)>
                "You may no longer see this."
            </p>
        </aside>
    }
}
