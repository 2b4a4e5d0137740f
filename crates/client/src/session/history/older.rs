use super::fetch::fetch;
use super::responses::PageEnd;
use crate::kit::browser::monotonic_ms;
use crate::kit::json::Json;
use crate::kit::state::State;
use crate::model::Part;
use crate::session::PageState;
use protocol::{Level, Received, Source, Stream};

/// So many are fetched at once.
const MESSAGES: usize = 100;

/// Puts what happened before the oldest entry of a list at its end; `busy` holds meanwhile.
pub(super) async fn load_older(page: PageState, stream: Stream, part: Part, busy: State<bool>) {
    busy.set(true);
    older(page, stream, part).await;
    busy.set(false);
}

async fn older(page: PageState, stream: Stream, part: Part) {
    let Some(before) = page.make_room_for_older(stream, MESSAGES) else {
        return;
    };
    match journal_page(stream, before).await {
        Ok((messages, is_all)) => page.add_older(stream, part, before, &messages, is_all),
        Err(why) => {
            let text = ["Older entries could not be loaded: ", &why].concat();
            page.toasts.show(Level::Warning, text, monotonic_ms());
        }
    }
}

/// Newest first, and whether there are no older ones.
async fn journal_page(stream: Stream, before: u64) -> Result<(Vec<Received>, bool), String> {
    let name = stream.name();
    let request = format!("journal?stream={name}&limit={MESSAGES}&before={before}");
    let response: Json = fetch(&request).await?;
    let list = response
        .member("messages")
        .map_or(Vec::new(), |list| list.elements());
    let is_all = response
        .read()
        .is_ok_and(|PageEnd { next_before }| next_before.is_none());
    Ok((list.iter().map(Received::read).collect(), is_all))
}
