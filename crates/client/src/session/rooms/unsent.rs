//! What the user has written and the server does not have yet survives that the page is loaded again, in this tab.

use super::RoomsSession;
use crate::kit::browser::{recall_in_tab, remember_in_tab};
use crate::kit::json::Json;
use crate::kit::text::on_change;
use crate::model::rooms::{Outbox, Unsent};
use protocol::{PersonKind, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Removed at sign-out.
pub(crate) const KEY: &str = "watchroom-rooms-unsent";

/// So many drafts, and of such length, are stored; longer ones could not be sent either.
const DRAFTS_MAX: usize = 20;
const DRAFT_CHARS_MAX: usize = 8_000;

#[derive(Serialize, Deserialize)]
struct Stored {
    owner: String,
    unsent: Vec<Unsent>,
    drafts: Vec<Draft>,
}

#[derive(Serialize, Deserialize)]
struct Draft {
    room: String,
    text: String,
}

impl RoomsSession {
    /// Takes in what the user had written when the page was loaded again. What somebody else had written in this tab is
    /// forgotten.
    pub(super) fn restore_unsent(self) {
        let Some(me) = self.rooms.with_untracked(|rooms| rooms.me.clone()) else {
            return;
        };
        let before = self.owner.get_untracked();
        if before.as_ref() == Some(&me.id) {
            return;
        }
        let stored = recall_in_tab(KEY).and_then(|text| Json::new(&text).read::<Stored>().ok());
        let stored = stored.filter(|stored| stored.owner == me.id);
        let (mut outbox, mut drafts) = (Outbox::default(), BTreeMap::new());
        if let Some(stored) = stored {
            outbox = Outbox::of_unsent(stored.unsent);
            for draft in stored.drafts {
                drafts.insert(draft.room, draft.text);
            }
        }
        // What a guest has said under another name is still sent, under that one.
        if before.is_none() || me.kind != PersonKind::Guest {
            self.outbox.set(outbox);
        }
        self.drafts.set(drafts);
        self.owner.set(Some(me.id));
    }

    /// Stores what is written, whenever it changes.
    pub(super) fn store_unsent(self) {
        on_change(move || {
            let Some(owner) = self.owner.get() else {
                return;
            };
            let stored = Stored {
                owner,
                unsent: self.outbox.with(Outbox::unsent),
                drafts: self.drafts.with(stored_drafts),
            };
            let is_empty = stored.unsent.is_empty() && stored.drafts.is_empty();
            // It always serialises.
            let text = serde_json::to_string(&stored).unwrap_or_default();
            remember_in_tab(KEY, if is_empty { "" } else { &text });
        });
    }

    /// What the user has begun to write in a room.
    pub(crate) fn draft(self, room: &str) -> String {
        let draft = self
            .drafts
            .with_untracked(|drafts| drafts.get(room).cloned());
        draft.unwrap_or_default()
    }

    /// The user has begun to write this in a room.
    pub(crate) fn keep_draft(self, room: &str, text: &str) {
        let is_known = self.drafts.with_untracked(|drafts| {
            let known = drafts.get(room).map_or("", String::as_str);
            known == text
        });
        if is_known {
            return;
        }
        self.drafts.update(|drafts| match text.is_empty() {
            true => _ = drafts.remove(room),
            false => _ = drafts.insert(room.to_owned(), text.to_owned()),
        });
    }
}

fn stored_drafts(drafts: &BTreeMap<String, String>) -> Vec<Draft> {
    let mut stored = Vec::new();
    for (room, text) in drafts {
        if stored.len() < DRAFTS_MAX && text.chars().count() <= DRAFT_CHARS_MAX {
            stored.push(Draft {
                room: room.clone(),
                text: text.clone(),
            });
        }
    }
    stored
}
