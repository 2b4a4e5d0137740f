use super::source::Source;
use crate::kit::card::{card_titled, no_note};
use crate::kit::piece::{IntoPiece, Piece};
use leptos::prelude::*;
use protocol::markdown::{Inline, Part, Span, document};

/// Notes in light Markdown, as nodes. Without a title they have no heading of their own.
pub(crate) fn text(source: &Source) -> Piece {
    let written = source.options.text.clone().unwrap_or_default();
    let parts = document(&written);
    let is_empty = parts.is_empty();
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        pieces.push(piece(part));
    }
    let content = match is_empty {
        true => view! { <p class="fit-empty">"Nothing is written here yet."</p> }.into_piece(),
        false => view! {
            <div class="fit">
                <div
                    class="fit-scroll prose"
                    tabindex="0"
                    role="group"
                    aria-label=source.title.clone()
                >
                    {pieces}
                </div>
            </div>
        }
        .into_piece(),
    };
    let title = Signal::stored(source.title.clone());
    card_titled(&source.id, title, no_note(), ().into_piece(), content)
}

fn piece(part: Part) -> Piece {
    match part {
        // The card's title is one of the second level.
        Part::Heading { level: 1, text } => view! { <h3>{spans(text)}</h3> }.into_piece(),
        Part::Heading { level: 2, text } => view! { <h4>{spans(text)}</h4> }.into_piece(),
        Part::Heading { text, .. } => view! { <h5>{spans(text)}</h5> }.into_piece(),
        Part::Paragraph(text) => view! { <p>{spans(text)}</p> }.into_piece(),
        Part::Quote(text) => view! { <blockquote>{spans(text)}</blockquote> }.into_piece(),
        Part::List { is_numbered, items } => {
            let mut lines: Vec<Piece> = Vec::new();
            for item in items {
                lines.push(view! { <li>{spans(item)}</li> }.into_piece());
            }
            match is_numbered {
                true => view! { <ol>{lines}</ol> }.into_piece(),
                false => view! { <ul>{lines}</ul> }.into_piece(),
            }
        }
        Part::Code(code) => view! {
            <pre tabindex="0" translate="no">
                <code>{code}</code>
            </pre>
        }
        .into_piece(),
    }
}

fn spans(spans: Vec<Span>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for span in spans {
        match span {
            Span::Plain(inline) => pieces.push(node(inline)),
            Span::Strong(inlines) => {
                let inner: Vec<Piece> = inlines.into_iter().map(node).collect();
                pieces.push(view! { <strong>{inner}</strong> }.into_piece());
            }
        }
    }
    pieces
}

fn node(inline: Inline) -> Piece {
    match inline {
        Inline::Text(text) => text.into_piece(),
        Inline::Code(code) => view! { <code translate="no">{code}</code> }.into_piece(),
        Inline::Link { text, href } => view! {
            <a href=href target="_blank" rel="noopener noreferrer nofollow">
                {text}
            </a>
        }
        .into_piece(),
        Inline::Moment { href, .. } => {
            let text = href.clone();
            view! { <a href=href>{text}</a> }.into_piece()
        }
        // No names are given, so nothing is read as one.
        Inline::Person(name) | Inline::Room(name) => name.into_piece(),
    }
}
