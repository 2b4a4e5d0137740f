use crate::kit::browser::monotonic_ms;
use crate::kit::toasts::Action;
use crate::model::{Feed, Model, Part};
use crate::session::PageState;
use leptos::prelude::WriteValue;
use protocol::Level;
use std::sync::Arc;

/// Empties the feed, also in a pause, and offers to undo it. That of another moment would be back with the next one.
pub(super) fn clear_feed(page: PageState) {
    let is_empty = page.read_untracked(|model| model.feed.is_empty());
    if page.playback_state.is_shown() || is_empty {
        return;
    }
    let mut cleared: Vec<Feed> = Vec::new();
    change_feeds(page, &mut |model| cleared.push(model.clear_feed()));
    let undo = move || {
        let mut feeds = cleared.iter();
        change_feeds(page, &mut |model| {
            if let Some(feed) = feeds.next() {
                model.restore_feed(feed);
            }
        });
    };
    let undo = Action {
        label: "Undo",
        run: Arc::new(undo),
    };
    let text = "Activity cleared".to_owned();
    page.toasts
        .offer(Level::Info, text, Some(undo), monotonic_ms());
}

fn change_feeds(page: PageState, change: &mut dyn FnMut(&mut Model)) {
    page.shown.models.write_value().change_all(change);
    page.notify(&[Part::Feed]);
}
