use super::app;
use super::boot::{CONTAINER_ID, SNAPSHOT_ID, boot_script, structure};
use crate::kit::browser::{
    BASE_PATH_META, IMAGES_META, OFF, ON, PREFERENCES_META, PUBLIC_META, THEME_KEY, ZONE_META,
};
use crate::model::{PageKind, Snapshot};
use crate::session::SOUND_KEY;
use crate::session::connection::SOCKET_URL_META;
use leptos::prelude::*;
use protocol::account::UserPreferences;

/// Everything a page is rendered from.
#[derive(Debug, Clone)]
pub struct Page {
    /// Which page it is.
    pub kind: PageKind,
    /// Whether nobody is signed in, and the page is what everybody may see.
    pub is_public: bool,
    /// What the user who is signed in has set up.
    pub preferences: Option<UserPreferences>,
    /// The values that it shows at first; only a dashboard shows any.
    pub snapshot: Snapshot,
    /// Where its files are.
    pub assets: Assets,
    /// The path that the whole site stands under, without a trailing slash; empty at the root.
    pub base_path: String,
    /// The WebSocket's address, if it is not the page's own host with `{base_path}/ws`.
    pub ws_url: Option<String>,
    /// The origins, beside its own, of which it may show images.
    pub images: Vec<String>,
    /// The server's time zone, as in `Europe/Vienna`, if it is known.
    pub zone: Option<String>,
    /// The Content-Security-Policy's nonce for inline scripts.
    pub nonce: Option<String>,
    /// The port on which `cargo leptos watch` announces rebuilds.
    pub reload_port: Option<u16>,
}

/// The URLs of the built files, base path included, as in `/watch/pkg/watchroom.a1b2.js`.
#[derive(Debug, Clone)]
pub struct Assets {
    /// The script that wasm-bindgen wrote.
    pub js: String,
    /// The WebAssembly module.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
}

/// The whole document as HTML, from `<!DOCTYPE html>` on.
///
/// Needs no context and no runtime; it neither waits nor reads a clock.
pub fn render(page: Page) -> String {
    let owner = Owner::new();
    let html = owner.with(|| shell(page).to_html());
    owner.cleanup();
    html
}

/// The whole document as a view.
pub fn shell(page: Page) -> impl IntoView {
    let Page {
        kind,
        is_public,
        preferences,
        snapshot,
        assets,
        base_path,
        ws_url,
        images,
        zone,
        nonce,
        reload_port,
    } = page;
    let title = match kind {
        PageKind::Dashboard => &snapshot.host,
        kind => kind.title(),
    };
    let title = format!("{title} · Watchroom");
    let data = snapshot.to_script();
    let boot = boot_script(&quoted(&assets.js), &quoted(&assets.wasm));
    let reload = reload_port.map(reload_script);
    let content = app::page(kind, snapshot).to_html();
    let structure = structure(&content).to_string();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="A live view of this host" />
                <meta name=BASE_PATH_META content=base_path.clone() />
                {ws_url.map(|url| view! { <meta name=SOCKET_URL_META content=url /> })}
                {preferences.as_ref().map(|it| view! { <meta name=PREFERENCES_META content=json(it) /> })}
                {is_public.then(|| view! { <meta name=PUBLIC_META content="dashboard" /> })}
                {(!images.is_empty()).then(|| view! { <meta name=IMAGES_META content=images.join(" ") /> })}
                {zone.map(|zone| view! { <meta name=ZONE_META content=zone /> })}
                <title>{title}</title>
                <script nonce=nonce.clone() inner_html=theme_script(preferences.as_ref())></script>
                <link rel="stylesheet" href=assets.css />
                {(kind != PageKind::Dashboard).then(|| {
                    view! { <link rel="stylesheet" href=format!("{base_path}/account.css") /> }
                })}
                {matches!(kind, PageKind::Server | PageKind::Sources).then(|| {
                    view! { <link rel="stylesheet" href=format!("{base_path}/server.css") /> }
                })}
                {is_public.then(|| {
                    view! { <link rel="stylesheet" href=format!("{base_path}/public.css") /> }
                })}
                <link rel="stylesheet" media="print" href=format!("{base_path}/print.css") />
                <link rel="icon" type="image/svg+xml" href=format!("{base_path}/favicon.svg") />
                <link rel="modulepreload" href=assets.js />
                <link
                    rel="preload"
                    href=assets.wasm
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                />
            </head>
            <body>
                <div
                    class="page"
                    id=CONTAINER_ID
                    data-structure=structure
                    inner_html=content
                ></div>
                <script id=SNAPSHOT_ID type="application/json" inner_html=data></script>
                <script type="module" nonce=nonce.clone() inner_html=boot></script>
                {reload.map(|script| view! { <script nonce=nonce inner_html=script></script> })}
            </body>
        </html>
    }
}

/// Sets the remembered theme before the first paint, or the page would flash. What the user has set up in another
/// browser is remembered first.
fn theme_script(preferences: Option<&UserPreferences>) -> String {
    let theme = preferences.and_then(|it| it.theme.as_deref());
    let sound = preferences.and_then(|it| it.sound);
    let known = [
        theme.map(|theme| (THEME_KEY, theme)),
        sound.map(|is_on| (SOUND_KEY, if is_on { ON } else { OFF })),
    ];
    let mut remember = String::new();
    for (key, value) in known.into_iter().flatten() {
        remember += &format!("localStorage.setItem({},{});", quoted(key), quoted(value));
    }
    format!(
        "try{{{remember}let t=localStorage.getItem({});if(t)document.documentElement.dataset.theme=t}}catch{{}}",
        quoted(THEME_KEY)
    )
}

fn json(preferences: &UserPreferences) -> String {
    // Texts and numbers always serialise.
    serde_json::to_string(preferences).unwrap_or_default()
}

/// The protocol of `cargo leptos watch`: `css` names a changed style sheet, `all` stands for any other change.
fn reload_script(port: u16) -> String {
    format!(
        "new WebSocket(`ws://${{location.hostname}}:{port}/live_reload`).onmessage=e=>{{let m=JSON.parse(e.data);if(m.all||m.css||m.view)location.reload()}}"
    )
}

/// A string of JavaScript that cannot end the script element around it.
fn quoted(text: &str) -> String {
    // Serialising a string does not fail.
    let json = serde_json::to_string(text).unwrap_or_default();
    json.replace('<', "\\u003c")
}
