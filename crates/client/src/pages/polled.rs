//! Lists of the API that are asked for again and again.

use super::account::{loading, problem, said};
use crate::kit::browser::{Timer, is_visible, monotonic_ms};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::translatable;
use crate::session::api;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;

/// How often the lists are asked for, in milliseconds.
const EVERY_MS: f64 = 3_000.0;

/// A list of the API that is asked for again and again. What was received last stays while the server does not answer.
pub(super) struct Polled<T> {
    list: State<Option<T>>,
    /// Why the last request failed; empty if it did not.
    error: State<String>,
    /// While somebody writes into a form of the list, it stays as it is.
    pub(super) held: State<bool>,
    request: &'static str,
}

impl<T> Clone for Polled<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Polled<T> {}

impl<T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static> Polled<T> {
    pub(super) fn new(request: &'static str) -> Self {
        Self {
            list: State::new(None),
            error: State::new(String::new()),
            held: State::new(false),
            request,
        }
    }

    /// Asks for it again. What has not changed is not rendered again.
    pub(super) async fn reload(self) {
        let list = match api::get(self.request).await {
            Ok(response) => api::read::<T>(&response),
            Err(refusal) => Err(refusal),
        };
        match list {
            Ok(list) => {
                self.error.set(String::new());
                let is_same = self
                    .list
                    .with_untracked(|known| known.as_ref() == Some(&list));
                if !is_same && !self.held.get_untracked() {
                    self.list.set(Some(list));
                }
            }
            Err(refusal) => self.error.set(said(refusal)),
        }
    }

    /// Whether the list is like this; not before the first response.
    pub(super) fn is(self, is: impl FnOnce(&T) -> bool) -> bool {
        self.list.with(|list| list.as_ref().is_some_and(is))
    }

    /// What is read of the list; nothing before the first response.
    pub(super) fn read<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.list.with(|list| list.as_ref().map(read))
    }

    /// The same, without subscribing to it.
    pub(super) fn read_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.list.with_untracked(|list| list.as_ref().map(read))
    }

    /// The list, or why there is none; nothing before the first response.
    pub(super) fn loaded(self) -> Option<Result<T, String>> {
        match self.list.get() {
            Some(list) => Some(Ok(list)),
            None => Some(self.error.get())
                .filter(|error| !error.is_empty())
                .map(Err),
        }
    }

    /// The list, each time it has changed; before the first response that it is loaded, or why it could not be.
    pub(super) fn show(self, show: impl Fn(T) -> Piece + Send + 'static) -> Piece {
        let view = move || shown(self.loaded(), &show);
        view.into_piece()
    }
}

/// What was loaded, or that it is loaded, or why it could not be.
pub(super) fn shown<T>(loaded: Option<Result<T, String>>, show: impl Fn(T) -> Piece) -> Piece {
    match loaded {
        Some(Ok(list)) => show(list),
        Some(Err(error)) => problem(&error),
        None => loading(),
    }
}

/// Says that what is shown is not current, and why.
pub(super) fn connection<T: Clone + Send + Sync + 'static>(of: Polled<T>) -> Piece {
    let text = live(move || {
        let error = of.error.get();
        let is_shown = of.list.with(Option::is_some);
        match error.is_empty() || !is_shown {
            true => String::new(),
            false => ["Not current: ", &error, " Retrying…"].concat(),
        }
    });
    view! { <p class="form-error" role="status" data-testid="stale" {..translatable(text)}></p> }
        .into_piece()
}

/// Asks now, and every few seconds while the page is visible and exists.
pub(super) fn poll<F: Future<Output = ()> + 'static>(reload: impl Fn() -> F + Copy + 'static) {
    poll_every(EVERY_MS, reload);
}

/// The same, each time after so many milliseconds.
pub(super) fn poll_every<F: Future<Output = ()> + 'static>(
    every_ms: f64,
    reload: impl Fn() -> F + Copy + 'static,
) {
    let timer = StoredValue::new_local(None);
    on_cleanup(move || timer.dispose());
    spawn_local(reload());
    next(timer, every_ms, reload);
}

fn next<F: Future<Output = ()> + 'static>(
    timer: StoredValue<Option<Timer>, LocalStorage>,
    every_ms: f64,
    reload: impl Fn() -> F + Copy + 'static,
) {
    let call = move || {
        spawn_local(async move {
            if is_visible() {
                reload().await;
            }
            next(timer, every_ms, reload);
        });
    };
    // After the page is gone there is no place for it.
    let _ = timer.try_set_value(Timer::at(monotonic_ms() + every_ms, call));
}
