//! Lists of things that can be removed: sessions, tokens, users.

use super::context::{loading, problem, said};
use crate::kit::browser::{date_time, focus};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::when;
use crate::session::api;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use serde::de::DeserializeOwned;

/// A list that the API has, or why it could not be loaded; none before the response.
pub(super) struct Entries<T> {
    list: State<Option<Result<T, String>>>,
    request: &'static str,
}

impl<T> Clone for Entries<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entries<T> {}

impl<T: DeserializeOwned + Clone + Send + Sync + 'static> Entries<T> {
    pub(super) fn load(request: &'static str) -> Self {
        let entries = Self {
            list: State::new(None),
            request,
        };
        spawn_local(entries.reload());
        entries
    }

    /// Asks for it again.
    pub(super) async fn reload(self) {
        let list = match api::get(self.request).await {
            Ok(response) => api::read(&response),
            Err(refusal) => Err(refusal),
        };
        self.list.set(Some(list.map_err(said)));
    }

    /// The list, each time it was loaded.
    pub(super) fn show(self, show: impl Fn(T) -> Piece + Send + 'static) -> Piece {
        let view = move || match self.list.get() {
            None => loading(),
            Some(Err(why)) => problem(&why),
            Some(Ok(list)) => show(list),
        };
        view.into_piece()
    }
}

/// A section of a page, with its heading, which takes the focus of what was removed.
pub(in crate::pages) fn section(id: &'static str, title: &'static str, content: Piece) -> Piece {
    let heading = heading_id(id);
    let labelled_by = heading.clone();
    view! {
        <section class="card account-section" aria-labelledby=labelled_by data-testid=id>
            <h2 id=heading tabindex="-1">{title}</h2>
            {content}
        </section>
    }
    .into_piece()
}

/// The identifier of a section's heading.
pub(in crate::pages) fn heading_id(id: &str) -> String {
    [id, "-title"].concat()
}

/// A small button of an entry. What it acts on is part of its name for those who do not see where it stands.
pub(in crate::pages) fn action(
    test_id: &'static str,
    label: &'static str,
    of: &str,
    act: Box<dyn Fn() + Send>,
) -> Piece {
    view! {
        <button
            class="button chip"
            type="button"
            data-testid=test_id
            aria-label=[label, " ", of].concat()
            on:click=move |_| act()
        >
            {label}
        </button>
    }
    .into_piece()
}

/// A button that shows what it does before it does it: `question` and a second button. `key` is unique among the
/// buttons of its kind.
pub(in crate::pages) fn confirmed(
    test_id: &'static str,
    key: &str,
    label: &'static str,
    of: &str,
    question: &'static str,
    act: Box<dyn Fn() + Send>,
) -> Piece {
    let asks = State::new(false);
    let yes = [test_id, "-yes-", key].concat();
    let focused = yes.clone();
    let ask = move || {
        asks.set(true);
        focus_soon(focused.clone());
    };
    let name = of.to_owned();
    view! {
        <span hidden=when(move || asks.get())>{action(test_id, label, of, Box::new(ask))}</span>
        <span class="controls" hidden=when(move || !asks.get())>
            <span class="account-question">{question}</span>
            <button
                class="button chip danger"
                type="button"
                id=yes
                data-testid=[test_id, "-yes"].concat()
                aria-label=[label, " ", &name].concat()
                on:click=move |_| act()
            >
                {label}
            </button>
            <button
                class="button chip"
                type="button"
                on:click=move |_| asks.set(false)
            >
                "Cancel"
            </button>
        </span>
    }
    .into_piece()
}

/// Puts the focus on an element that is shown with the next rendering.
pub(in crate::pages) fn focus_soon(id: String) {
    spawn_local(async move {
        tick().await;
        focus(&id);
    });
}

/// A moment, or that there was none.
pub(super) fn when_text(at_ms: Option<i64>, never: &str) -> String {
    at_ms.map_or_else(|| never.to_owned(), |at_ms| date_time(at_ms as f64))
}
