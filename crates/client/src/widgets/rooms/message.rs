use super::avatar::avatar;
use super::composer::Composer;
use super::editor::{Change, Edited, confirm_deletion, editor};
use super::head::item;
use super::text::{moment_link, site, text};
use crate::kit::browser::uri_component;
use crate::kit::menu::menu;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::model::rooms::{Pending, PendingState};
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;
use protocol::{Person, PersonKind, RoomAction, RoomKind, RoomMessage, Timestamp};

/// Something that was said. The first of a group has its author and time.
pub(super) fn message(
    session: RoomsSession,
    composer: Composer,
    edited: Edited,
    seq: u64,
    is_first: bool,
) -> Piece {
    let Some((said, is_mine, can_manage)) = said_at(session, seq) else {
        return ().into_piece();
    };
    let at_ms = said.timestamp.unix_ms() as f64;
    let me = session.rooms.with_untracked(|rooms| rooms.me.clone());
    let mentions_me = me.is_some_and(|me| said.mentions.contains(&me.id));
    let is_later = live(move || {
        let moment = session.moment();
        moment.is_some_and(|moment| at_ms > moment).to_string()
    });
    let head = is_first.then(|| head(session, &said.author, said.timestamp));
    let note = (said.edited_seq.is_some() && said.deleted_seq.is_none())
        .then(|| view! { <span class="message-note">" (edited)"</span> });
    let menu = said.text.as_ref().map(|text| {
        actions(
            session, composer, edited, seq, &said, text, is_mine, can_manage,
        )
    });
    let content = said.text.clone();
    let body = move || match (&content, edited.change(seq)) {
        (None, _) => view! { <p class="message-note">"This message was deleted."</p> }.into_piece(),
        (Some(text), Some(Change::Edit)) => editor(session, edited, seq, text.clone()),
        (Some(said), change) => {
            let ask = change.map(|_| confirm_deletion(session, edited, seq));
            view! {
                {text(session, said)}
                {ask}
            }
            .into_piece()
        }
    };
    view! {
        <div
            class="message"
            tabindex="-1"
            data-testid="message"
            data-first=is_first.to_string()
            data-mentions-me=mentions_me.to_string()
            data-later=is_later
        >
            {head}
            <div class="message-text">{body} {note}</div>
            {menu}
        </div>
    }
    .into_piece()
}

/// A message, whether it is the user's own, and whether the user may delete it anyway.
fn said_at(session: RoomsSession, seq: u64) -> Option<(RoomMessage, bool, bool)> {
    let id = session.shown.get_untracked()?;
    session.rooms.with_untracked(|rooms| {
        let room = rooms.room(&id)?;
        let said = session.past.with_untracked(|past| {
            let shown = past.as_ref().unwrap_or(room);
            shown.said_at(seq).cloned()
        })?;
        let is_mine = rooms.is_me(&said.author);
        Some((said, is_mine, room.info.can_manage))
    })
}

fn head(session: RoomsSession, author: &Person, at: Timestamp) -> Piece {
    let tag = match author.kind {
        PersonKind::User => None,
        PersonKind::Guest => None,
        PersonKind::Bot => Some(view! { <span class="tag">"bot"</span> }),
    };
    view! {
        {avatar(author, None)}
        <p class="message-head">
            <span class="message-author" translate="no">{author.name.clone()}</span>
            {tag}
            {time(session, at)}
        </p>
    }
    .into_piece()
}

/// When it was said, as a link into playback.
fn time(session: RoomsSession, at: Timestamp) -> Piece {
    let at_ms = at.unix_ms() as f64;
    let clock = session.clock.get_untracked();
    let mut text = chart::clock(at_ms, clock.offset(at_ms), clock.hours());
    // Without the seconds.
    if let Some(seconds) = text.rfind(':') {
        text.replace_range(seconds..seconds + ":00".len(), "");
    }
    moment_link(
        session,
        at_ms,
        moment_address(session, at),
        "message-time",
        text,
    )
}

/// The address of the dashboard at a moment, with the host that is shown.
pub(super) fn moment_address(session: RoomsSession, at: Timestamp) -> String {
    let mut address = [&site(), "?at=", &at.to_string()].concat();
    let host = crate::kit::browser::parameter("host").filter(|_| session.context.page.is_some());
    if let Some(host) = host {
        address.push_str("&host=");
        address.push_str(&uri_component(&host));
    }
    address
}

#[expect(clippy::too_many_arguments, reason = "the facts of one message")]
fn actions(
    session: RoomsSession,
    composer: Composer,
    edited: Edited,
    seq: u64,
    said: &RoomMessage,
    text: &str,
    is_mine: bool,
    can_manage: bool,
) -> Piece {
    let quoted = text.to_owned();
    let mut items = vec![item("message-quote", "Quote", move || {
        composer.quote(session, &quoted);
    })];
    if is_mine {
        items.push(item("message-edit", "Edit", move || {
            edited.begin(seq, Change::Edit);
        }));
    }
    if is_mine || can_manage {
        items.push(item("message-delete", "Delete", move || {
            edited.begin(seq, Change::Delete);
        }));
    }
    let id = ["message-menu-", &seq.to_string()].concat();
    let label = ["Actions of the message by ", &said.author.name].concat();
    view! { <div class="message-actions">{menu(id, label, items.into_piece())}</div> }.into_piece()
}

/// What happened to the room.
pub(super) fn note(session: RoomsSession, seq: u64) -> Piece {
    let Some((happened, _, _)) = said_at(session, seq) else {
        return ().into_piece();
    };
    view! { <p class="room-note" data-testid="room-note">{note_text(&happened)}</p> }.into_piece()
}

fn note_text(happened: &RoomMessage) -> String {
    let author = happened.author.name.as_str();
    let names: Vec<&str> = happened.people.iter().map(|it| it.name.as_str()).collect();
    let names = names.join(", ");
    let name = happened.name.as_deref().unwrap_or_default();
    match happened.action {
        RoomAction::Created if happened.kind == Some(RoomKind::Direct) => {
            [author, " began this conversation"].concat()
        }
        RoomAction::Created => [author, " created this room"].concat(),
        RoomAction::Renamed => [author, " renamed this room to ", name].concat(),
        RoomAction::Archived => [author, " archived this room"].concat(),
        RoomAction::Reopened => [author, " reopened this room"].concat(),
        RoomAction::Joined => [author, " added ", &names].concat(),
        RoomAction::Left => [author, " left"].concat(),
        RoomAction::Removed => [author, " removed ", &names].concat(),
        RoomAction::Said | RoomAction::Edited | RoomAction::Deleted => String::new(),
    }
}

/// What is not stored yet.
pub(super) fn pending(session: RoomsSession, id: &str, is_first: bool) -> Piece {
    let pending: Option<Pending> = session.outbox.with_untracked(|outbox| {
        let room = session.shown.get_untracked()?;
        outbox.of(&room).find(|pending| pending.id == id).cloned()
    });
    let Some(pending) = pending else {
        return ().into_piece();
    };
    let at = Timestamp::from_unix_ms(pending.at_ms);
    let head = is_first.then(|| head(session, &pending.author, at));
    let state = pending.state.clone();
    let of = pending.id.clone();
    let is_held = move || session.outbox.with(|outbox| outbox.is_held(&of));
    let note = live(move || match (&state, session.is_live.get()) {
        (PendingState::Sent, _) => String::new(),
        (PendingState::Refused(why) | PendingState::Failed(why), _) => ["Not sent: ", why].concat(),
        (_, true) if is_held() => "Waits for the message before it".to_owned(),
        (_, true) => "Sending…".to_owned(),
        (_, false) => "Not sent · will be sent when connected".to_owned(),
    });
    let is_refused = matches!(
        pending.state,
        PendingState::Refused(_) | PendingState::Failed(_)
    );
    let retried = pending.id.clone();
    let discarded = pending.id.clone();
    let again = item("pending-retry", "Send again", move || {
        session.retry(&retried);
    });
    let discard = item("pending-discard", "Discard", move || {
        session.discard(&discarded);
    });
    view! {
        <div
            class="message"
            data-testid="pending"
            data-pending=(pending.state != PendingState::Sent).to_string()
            data-first=is_first.to_string()
        >
            {head}
            <div class="message-text">{text(session, &pending.text)}</div>
            <p class="message-note" data-failed=is_refused.to_string() data-testid="pending-note">{note}</p>
            <div class="controls" hidden=when(move || !is_refused)>{again} {discard}</div>
        </div>
    }
    .into_piece()
}
