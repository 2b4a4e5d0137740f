use super::source::Source;
use crate::kit::browser::{IMAGES_META, meta, origin_of};
use crate::kit::card::{card_titled, no_note};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::text_content;
use leptos::prelude::*;

/// A picture from this site, or from an origin that the server allows.
pub(crate) fn image(source: &Source) -> Piece {
    let url = source.options.url.clone().unwrap_or_default();
    // Until the page has started, and may load it.
    let why = State::new(match url.is_empty() {
        true => "No address is set yet.".to_owned(),
        false => String::new(),
    });
    let address = State::new(None::<String>);
    let of = url.clone();
    on_change(move || {
        if of.is_empty() {
            return;
        }
        let allowed = meta(IMAGES_META).unwrap_or_default();
        match refused(&of, origin_of(&of).as_deref(), &allowed) {
            Some(text) => why.set(text),
            None => address.set(Some(of.clone())),
        }
    });
    let failed = move |_| why.set("The image could not be loaded.".to_owned());
    let has_failed = when(move || !why.with(String::is_empty));
    let is_unknown = when(move || address.with(Option::is_none));
    let is_fine = when(move || why.with(String::is_empty));
    let title = source.title.clone();
    let content = view! {
        <div class="fit" hidden=has_failed>
            <img
                class="board-image"
                hidden=is_unknown
                alt=title
                loading="lazy"
                decoding="async"
                referrerpolicy="no-referrer"
                src=move || address.get()
                on:error=failed
            />
        </div>
        <p
            class="fit-empty"
            {..text_content(live(move || why.get()))} hidden=is_fine
        ></p>
    };
    let title = Signal::stored(source.title.clone());
    card_titled(
        &source.id,
        title,
        no_note(),
        ().into_piece(),
        content.into_piece(),
    )
}

/// Why an image may not be shown. Its origin is none if that is the page's own; the allowed ones are separated by spaces.
fn refused(url: &str, origin: Option<&str>, allowed: &str) -> Option<String> {
    if url.starts_with("data:image/") {
        return None;
    }
    let origin = origin?;
    if !origin.starts_with("http://") && !origin.starts_with("https://") {
        return Some("An address of an image begins with https:// or http://.".to_owned());
    }
    if allowed.split(' ').any(|it| it == origin) {
        return None;
    }
    let text =
        "Images from {} are not allowed. An admin may allow them with the setting board_images.";
    Some(text.replace("{}", origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_origins_are_asked() {
        let allowed = "https://a.example https://b.example:8443";
        let is_refused = |url: &str, origin| refused(url, origin, allowed).is_some();
        assert!(!is_refused("/logo.svg", None));
        assert!(!is_refused("data:image/png;base64,AA", Some("null")));
        assert!(!is_refused(
            "https://a.example/x.png",
            Some("https://a.example")
        ));
        assert!(is_refused(
            "http://a.example/x.png",
            Some("http://a.example")
        ));
        assert!(is_refused(
            "https://b.example/x.png",
            Some("https://b.example")
        ));
        assert!(is_refused("javascript:alert(1)", Some("null")));
        let why = refused("https://c.example/x", Some("https://c.example"), "").unwrap();
        assert!(why.contains("https://c.example") && why.contains("board_images"));
    }
}
