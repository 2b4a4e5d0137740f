//! All parts of the page in each of its states, in both themes, for people who work on them. Only debug builds have
//! it. It has no script: charts, which a script draws, are empty.

mod board;
mod parts;

use super::app::{Frame, frame};
use super::document::Assets;
use crate::kit::browser::Theme;
use crate::kit::piece::IntoPiece;
use crate::model::{Freshness, Snapshot};
use crate::session::connection::OfflineReason;
use crate::session::{ConnectionStatus, PageState};
use crate::widgets::STYLES;
use board::board_widgets;
use leptos::prelude::*;
use parts::parts;
use protocol::Level;

/// What a gallery is rendered from.
#[derive(Debug, Clone)]
pub struct Gallery {
    /// The values that the widgets show.
    pub snapshot: Snapshot,
    /// Where the page's files are.
    pub assets: Assets,
    /// The path that the whole site stands under, without a trailing slash.
    pub base_path: String,
    /// One of [`GALLERY_STATES`]; the first for any other.
    pub state: String,
    /// `light` or `dark`; the system's for any other.
    pub theme: String,
}

/// The states of the page that a gallery shows.
pub const GALLERY_STATES: [&str; 9] = [
    "live",
    "empty",
    "stale",
    "off",
    "unsampled",
    "paused",
    "playback",
    "reconnecting",
    "offline",
];

const THEMES: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

/// The gallery as HTML, from `<!DOCTYPE html>` on.
pub fn gallery(of: Gallery) -> String {
    let owner = Owner::new();
    let html = owner.with(|| document(of).to_html());
    owner.cleanup();
    html
}

fn document(of: Gallery) -> impl IntoView {
    let state = GALLERY_STATES.into_iter().find(|state| *state == of.state);
    let state = state.unwrap_or(GALLERY_STATES[0]);
    let theme = THEMES.into_iter().find(|theme| theme.name() == of.theme);
    let theme = theme.unwrap_or(Theme::System);
    let mut snapshot = of.snapshot;
    if state == "empty" {
        snapshot.messages.clear();
    }
    let page = PageState::new(&snapshot);
    arrange(page, state, snapshot.now.unix_ms() as f64);
    let account = format!("{}/account.css", of.base_path);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.name()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>"Gallery · Watchroom"</title>
                <link rel="stylesheet" href=of.assets.css />
                <link rel="stylesheet" href=account />
                <style inner_html=styles()></style>
            </head>
            <body>
                <div class="page">
                    {links(state, theme)}
                    {frame(page, Frame::new(&snapshot)).into_piece()}
                    {board_widgets(page)}
                    {parts()}
                </div>
            </body>
        </html>
    }
}

/// The rules of what is loaded lazily.
fn styles() -> String {
    [&STYLES.concat(), board::STYLE].concat()
}

/// The other states, and the other themes.
fn links(state: &'static str, theme: Theme) -> impl IntoView {
    let link = |state: &str, theme: Theme, text: &str, is_shown: bool| {
        let address = format!("?state={state}&theme={}", theme.name());
        let current = is_shown.then_some("true");
        view! { <a class="button chip" href=address aria-current=current>{text.to_owned()}</a> }
            .into_piece()
    };
    let states = GALLERY_STATES.map(|of| link(of, theme, of, of == state));
    let themes = THEMES.map(|of| link(state, of, of.name(), of == theme));
    view! {
        <nav class="controls" aria-label="Gallery">
            {Vec::from(states)} {Vec::from(themes)}
        </nav>
    }
}

/// Brings a page into a state.
fn arrange(page: PageState, state: &str, now_ms: f64) {
    let status = match state {
        "reconnecting" => ConnectionStatus::Waiting {
            seconds: 9,
            attempt: 4,
        },
        "offline" => ConnectionStatus::Offline(OfflineReason::NoNetwork),
        _ => ConnectionStatus::Live,
    };
    page.connection_status.set(status);
    let freshness = match state {
        "stale" | "reconnecting" | "offline" => Freshness::Stale { seconds: 42 },
        "off" => Freshness::Off,
        "unsampled" => Freshness::Unsampled,
        "empty" => Freshness::Empty,
        _ => Freshness::Fresh,
    };
    page.freshness.set(freshness);
    match state {
        "paused" => {
            page.paused.set(true);
            page.held_back.set(33);
        }
        "playback" | "unsampled" => page.playback_state.moment.set(Some(now_ms)),
        _ => {}
    }
    for (level, text) in [
        (Level::Info, "Link copied"),
        (Level::Warning, "History starts 29 Nov 02:46"),
        (
            Level::Error,
            "This part of the page could not be loaded. Try again.",
        ),
    ] {
        page.toasts.show(level, text.to_owned(), now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::WIDGET_KINDS;
    use protocol::Timestamp;
    use std::fs;
    use std::path::Path;

    fn render(state: &str, theme: &str) -> String {
        gallery(Gallery {
            snapshot: Snapshot {
                host: "atlas".into(),
                ..Snapshot::without_data(Timestamp::from_unix_ms(1_768_473_000_000))
            },
            assets: Assets {
                js: String::new(),
                wasm: String::new(),
                css: "/pkg/a.css".into(),
            },
            base_path: String::new(),
            state: state.to_owned(),
            theme: theme.to_owned(),
        })
    }

    #[test]
    fn each_state_can_be_seen_in_each_theme() {
        for (state, seen) in [
            ("live", "data-state=\"live\""),
            ("empty", "data-freshness=\"empty\""),
            ("stale", "data-freshness=\"stale\""),
            ("off", "data-freshness=\"off\""),
            ("unsampled", "data-freshness=\"unsampled\""),
            ("paused", "Resume · 33 new"),
            ("playback", "data-mode=\"playback\""),
            ("reconnecting", "Reconnecting in 9 s"),
            ("offline", "Offline · no network"),
            ("another", "data-state=\"live\""),
        ] {
            for theme in ["light", "dark", "system"] {
                let html = render(state, theme);
                assert!(html.contains(seen), "{state}");
                assert!(html.contains(&format!("data-theme=\"{theme}\"")), "{state}");
            }
        }
    }

    #[test]
    fn every_kind_of_a_board_is_in_it() {
        let html = render("live", "light");
        for kind in WIDGET_KINDS {
            // Those of the host's own board are in the frame.
            let id = format!("card card-gallery-{}", kind.name);
            let is_framed = kind.series.most == 0 || kind.series.least > 1 || kind.name == "trio";
            let is_new = ["hosts", "text", "clock", "image"].contains(&kind.name);
            if is_new || !is_framed {
                assert!(html.contains(&id), "{}", kind.name);
            }
        }
    }

    /// Names of functions of the kit that make something to see.
    fn made_by_kit() -> Vec<String> {
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kit");
        let mut names = Vec::new();
        for file in fs::read_dir(kit).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for function in source.split("\npub(crate) fn ").skip(1) {
                let head = function.split(" {\n").next().unwrap_or_default();
                let makes = head.contains("-> Piece") || head.contains("-> impl IntoView");
                if makes {
                    let name = function.split(['(', '<']).next().unwrap_or_default();
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    #[test]
    fn every_part_of_the_kit_is_in_it() {
        // What only arranges others, or waits for them.
        const ARRANGING: [&str; 6] = [
            "keyed",
            "place",
            "deferred",
            "card_with",
            "option",
            "option_while",
        ];
        let source = include_str!("gallery/parts.rs");
        let names = made_by_kit();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            let is_shown = source.contains(&format!("{name}("));
            assert!(
                is_shown || ARRANGING.contains(&&*name),
                "{name} is not in the gallery"
            );
        }
    }
}
