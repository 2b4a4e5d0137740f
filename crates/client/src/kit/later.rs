//! Lazy loading: what the first view does not need is a part of its own, fetched on its first use.
//!
//! [`chunk!`] puts a function into such a part. [`later`] runs what the function does, and [`place`]
//! shows what it builds. The page goes on meanwhile; after [`SLOW_MS`] a toast says that a part is loading, until it is
//! here. A part that does not come, because the browser is offline or a newer server has other files, is a message to
//! the user, who may try again.

use super::browser::{Timer, monotonic_ms};
use super::piece::{IntoPiece, Piece};
use super::state::State;
use super::text::on_change;
use super::toasts::Toasts;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Level;
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// From here on waiting is felt, in milliseconds.
const SLOW_MS: f64 = 600.0;

/// After this time a deferred part that did not come is fetched again, in milliseconds.
const RETRY_MS: f64 = 5_000.0;

const LOADING: &str = "Loading this part of the page…";

/// The part did not come.
pub(crate) struct NotHere;

#[cfg(split)]
impl From<leptos::wasm_split::SplitLoaderError> for NotHere {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// Something that a part does or is, once it is here.
pub(crate) type Fetched<T> = Pin<Box<dyn Future<Output = Result<T, NotHere>>>>;

/// How a part builds its view, each time it is wanted.
pub(crate) type Build = Arc<dyn Fn() -> Piece + Send + Sync>;

/// Puts a function into the part of this name, which is fetched when one of its functions is first
/// called. Called from the rest of the page, the function gives a [`Fetched`].
///
/// Each such function costs the first load half a kilobyte: few that do much are better than many.
/// Where nothing is split, as on the server, every part is here from the start.
macro_rules! chunk {
    (
        $part:ident:
        $(#[$doc:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $what:ty $body:block
    ) => {
        $(#[$doc])*
        $vis fn $name($($arg: $type),*) -> $crate::kit::later::Fetched<$what> {
            #[cfg_attr(
                split,
                leptos::wasm_split::wasm_split(
                    $part,
                    fallible,
                    wasm_split_path = ::leptos::wasm_split
                )
            )]
            fn $name($($arg: $type),*) -> Result<$what, $crate::kit::later::NotHere> {
                Ok($body)
            }
            #[cfg(split)]
            let work = $name($($arg),*);
            #[cfg(not(split))]
            let work = async move { $name($($arg),*) };
            Box::pin(work)
        }
    };
}
pub(crate) use chunk;

/// Does something that may have to be fetched first; at once, if it is here.
pub(crate) fn later(toasts: Toasts, work: Fetched<()>) {
    later_or(toasts, work, || ());
}

/// The same; `otherwise` is called if it does not come.
pub(crate) fn later_or(toasts: Toasts, work: Fetched<()>, otherwise: impl FnOnce() + 'static) {
    spawn_local(async move {
        if fetched(toasts, work).await.is_none() {
            otherwise();
        }
    });
}

/// A place for a view that comes later: empty, until it is wanted for the first time.
///
/// The server leaves it empty, so there is nothing to hydrate: what stands here is made in the
/// browser. It is taken away when it is not wanted any more.
pub(crate) fn place(
    toasts: Toasts,
    wanted: State<bool>,
    fetch: Box<dyn Fn() -> Fetched<Build>>,
) -> impl IntoView {
    let build = State::<Option<Build>>::new(None);
    on_change(move || {
        if wanted.get() && build.with_untracked(Option::is_none) {
            let part = fetch();
            spawn_local(async move {
                match fetched(toasts, part).await {
                    Some(here) => build.set(Some(here)),
                    None => wanted.set(false),
                }
            });
        }
    });
    move || match build.get().filter(|_| wanted.get()) {
        Some(build) => build(),
        None => ().into_piece(),
    }
}

/// When a view that the server has rendered is made again.
#[derive(Clone, Copy)]
pub(crate) enum Again {
    /// Once the browser is idle, since it lives. Until then it stands still.
    WhenIdle(State<bool>),
    /// Only if it is missing, since it never changes: not if this is the page that the server has rendered. It has an
    /// element at least.
    IfMissing,
}

/// A view that is not needed for anything but to be seen at first: the server renders it, and the browser makes it
/// `again` from a part.
pub(crate) fn deferred(
    toasts: Toasts,
    again: Again,
    html: String,
    fetch: Box<dyn Fn() -> Fetched<Build>>,
) -> Piece {
    let first = NodeRef::<Div>::new();
    let lives = matches!(again, Again::WhenIdle(_));
    let idle = match again {
        Again::WhenIdle(idle) => idle,
        Again::IfMissing => State::new(true),
    };
    let owner = Owner::current();
    let is_begun = Rc::new(Cell::new(false));
    let retry = StoredValue::new_local(None);
    on_change(move || {
        let Some(element) = first.get().filter(|_| idle.get() && !is_begun.get()) else {
            return;
        };
        is_begun.set(true);
        // A comment is there in any case.
        if !lives && element.first_element_child().is_some() {
            return;
        }
        let (part, owner, is_begun) = (fetch(), owner.clone(), Rc::clone(&is_begun));
        spawn_local(async move {
            let Some((build, owner)) = fetched(toasts, part).await.zip(owner) else {
                is_begun.set(false);
                let retry_at_ms = monotonic_ms() + RETRY_MS;
                retry.set_value(Timer::at(retry_at_ms, move || idle.notify()));
                return;
            };
            element.set_inner_html("");
            let state = owner.with(|| {
                let mut state = build().build();
                state.mount(&element, None);
                state
            });
            owner.with(|| StoredValue::new_local(state));
            // Any attribute can be removed.
            let _ = element.remove_attribute(DEFERRED_ATTRIBUTE);
        });
    });
    view! { <div class="bodiless" data-deferred=lives.then_some("") node_ref=first inner_html=html></div> }
        .into_piece()
}

/// The attribute of what stands still yet.
const DEFERRED_ATTRIBUTE: &str = "data-deferred";

async fn fetched<T>(toasts: Toasts, work: Fetched<T>) -> Option<T> {
    let say = move |level, text: &str| toasts.show(level, text.into(), monotonic_ms());
    let slow = Timer::at(monotonic_ms() + SLOW_MS, move || {
        say(Level::Info, LOADING);
    });
    let done = work.await;
    drop(slow);
    toasts.dismiss_text(LOADING);
    if done.is_err() {
        say(
            Level::Error,
            "This part of the page could not be loaded. Try again.",
        );
    }
    done.ok()
}
