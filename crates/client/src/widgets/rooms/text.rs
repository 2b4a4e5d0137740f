//! The text of a message, as nodes.

use super::preview::with_preview;
use crate::kit::browser::{origin, page_url, parameter_of};
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::session::history::Playback;
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;
use protocol::OWN_HOST_ALIAS;
use protocol::markdown::{Block, Inline, Names, blocks};
use web_sys::MouseEvent;

/// The text, read as light Markdown.
pub(super) fn text(session: RoomsSession, text: &str) -> Piece {
    let people = session.known_people().into_iter();
    let people: Vec<String> = people.map(|person| person.name).collect();
    let rooms: Vec<String> = session.rooms.with_untracked(|rooms| {
        let rooms = rooms.rooms.iter();
        rooms.map(|room| room.info.name.clone()).collect()
    });
    let site = site();
    let names = Names {
        people: &people,
        rooms: &rooms,
        site: &site,
    };
    let mut pieces = Vec::new();
    for block in blocks(text, &names) {
        pieces.push(match block {
            Block::Paragraph(inlines) => view! { <p>{nodes(session, inlines)}</p> }.into_piece(),
            Block::Quote(inlines) => {
                view! { <blockquote>{nodes(session, inlines)}</blockquote> }.into_piece()
            }
            Block::Code(code) => view! {
                <pre tabindex="0" translate="no">
                    <code>{code}</code>
                </pre>
            }
            .into_piece(),
        });
    }
    pieces.into_piece()
}

/// The address of the dashboard, as links to moments begin.
pub(super) fn site() -> String {
    [origin(), page_url("/")].concat()
}

fn nodes(session: RoomsSession, inlines: Vec<Inline>) -> Vec<Piece> {
    let mut nodes = Vec::new();
    for inline in inlines {
        nodes.push(match inline {
            Inline::Text(text) => text.into_piece(),
            Inline::Code(code) => view! { <code translate="no">{code}</code> }.into_piece(),
            Inline::Link { text, href } => view! {
                <a href=href target="_blank" rel="noopener noreferrer nofollow">
                    {text}
                </a>
            }
            .into_piece(),
            Inline::Moment { at_ms, href } => {
                let when = session.clock.get_untracked().dated(at_ms);
                let is_here = is_of_host(session, &href);
                let link = moment_link(session, at_ms, href, "moment", when);
                match is_here {
                    true => with_preview(session, at_ms, link),
                    false => link,
                }
            }
            Inline::Person(name) => {
                view! { <span class="mention" translate="no">"@" {name}</span> }.into_piece()
            }
            Inline::Room(name) => room_link(session, name),
        });
    }
    nodes
}

fn room_link(session: RoomsSession, name: String) -> Piece {
    let shown = name.clone();
    let open = move |_| {
        let id = session.rooms.with_untracked(|rooms| {
            let mut rooms = rooms.rooms.iter();
            let name = name.to_lowercase();
            let room = rooms.find(|room| room.info.name.to_lowercase() == name)?;
            Some(room.info.id.clone())
        });
        if let Some(id) = id {
            session.show(&id);
        }
    };
    view! {
        <button class="mention" type="button" translate="no" on:click=open>
            "#" {shown}
        </button>
    }
    .into_piece()
}

/// Whether the address of a moment is about the host that the page shows. Without a host it is about the server's own,
/// which is the first of all.
fn is_of_host(session: RoomsSession, address: &str) -> bool {
    session.context.page.is_some_and(|page| {
        let linked = parameter_of(address, "host").filter(|host| host != OWN_HOST_ALIAS);
        let own = page.hosts.with_untracked(|hosts| hosts.first().cloned());
        linked.or(own) == Some(page.host.get_untracked())
    })
}

/// A link into playback. On the dashboard it is played back without a new page, unless it is about another host.
pub(super) fn moment_link(
    session: RoomsSession,
    at_ms: f64,
    href: String,
    class: &'static str,
    text: String,
) -> Piece {
    let target = href.clone();
    let follow = move |event: MouseEvent| {
        let Some(page) = session.context.page else {
            return;
        };
        let is_plain = !event.ctrl_key() && !event.meta_key() && !event.shift_key();
        if is_plain && is_of_host(session, &target) && page.playback_state.oldest_ms.is_some() {
            event.prevent_default();
            Playback::new(page).go(at_ms);
        }
    };
    let picture = (class == "moment").then(|| icon(icon::MOMENT));
    view! {
        <a class=class href=href title="Open playback at this time" on:click=follow>
            {picture}
            {text}
        </a>
    }
    .into_piece()
}
