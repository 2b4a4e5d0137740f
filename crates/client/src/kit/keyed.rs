use super::piece::Piece;
use leptos::prelude::*;
use std::sync::Arc;

/// A keyed list: an item is built once, and stays while its number is among `ids`. Every such list is of one
/// type.
pub(crate) fn keyed(
    ids: impl Fn() -> Vec<u64> + Send + Sync + 'static,
    item: impl Fn(u64) -> Piece + Send + Sync + 'static,
) -> impl IntoView {
    boxed(Box::new(ids), Arc::new(item))
}

fn boxed(
    ids: Box<dyn Fn() -> Vec<u64> + Send + Sync>,
    item: Arc<dyn Fn(u64) -> Piece + Send + Sync>,
) -> impl IntoView {
    view! { <For each=ids key=|id| *id children=move |id| item(id) /> }
}
