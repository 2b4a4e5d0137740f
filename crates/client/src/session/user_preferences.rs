//! What a user who is signed in has set up: the server stores it, and writes it into each page, so that another browser
//! has it, too. All of this is loaded lazily.

use super::api::{self, Method, Refusal};
use crate::kit::browser::{PREFERENCES_META, meta, monotonic_ms};
use crate::kit::json::Json;
use crate::kit::text::on_change;
use crate::kit::toasts::Toasts;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::account::UserPreferences;
use protocol::{Level, Source};

const REQUEST: &str = "account/preferences";

/// What the page came with; `None` unless a user is signed in.
pub(crate) fn stored() -> Option<UserPreferences> {
    Json::new(&meta(PREFERENCES_META)?).read().ok()
}

/// Replaces what is in `changes` at the server; what other pages have stored meanwhile stays.
pub(crate) async fn store(changes: UserPreferences) -> Result<(), Refusal> {
    let mut preferences: UserPreferences = api::read(&api::get(REQUEST).await?)?;
    preferences.apply(changes);
    api::send(Method::PUT, REQUEST, api::body(&preferences))
        .await
        .map(drop)
}

/// Stores changes one after the other, so that the last one counts.
#[derive(Clone, Copy)]
pub(crate) struct Saver {
    waiting: StoredValue<UserPreferences, LocalStorage>,
    is_saving: StoredValue<bool, LocalStorage>,
    toasts: Toasts,
}

impl Saver {
    pub(crate) fn new(toasts: Toasts) -> Self {
        Self {
            waiting: StoredValue::new_local(UserPreferences::default()),
            is_saving: StoredValue::new_local(false),
            toasts,
        }
    }

    /// Stores what `read` returns each time that it changes from now on.
    pub(crate) fn follow(self, read: impl Fn() -> UserPreferences + 'static) {
        let known = StoredValue::new_local(None);
        on_change(move || {
            let now = read();
            let before = known.get_value();
            if before.as_ref() != Some(&now) {
                known.set_value(Some(now.clone()));
                if before.is_some() {
                    self.save(now);
                }
            }
        });
    }

    fn save(self, changes: UserPreferences) {
        self.waiting.update_value(|waiting| waiting.apply(changes));
        if self.is_saving.get_value() {
            return;
        }
        self.is_saving.set_value(true);
        spawn_local(async move {
            while let Some(changes) = self.take() {
                if store(changes).await.is_err() {
                    let text = "Your settings could not be stored on the server".to_owned();
                    self.toasts.show(Level::Warning, text, monotonic_ms());
                }
            }
            // The page may be gone.
            let _ = self.is_saving.try_set_value(false);
        });
    }

    fn take(self) -> Option<UserPreferences> {
        let changes = self.waiting.try_update_value(std::mem::take)?;
        (changes != UserPreferences::default()).then_some(changes)
    }
}
