use super::piece::Piece;
use leptos::prelude::*;
use std::sync::Arc;

/// What changes by items coming and going: an item is built once, and stays as it is while its
/// number is among `ids`.
///
/// Only numbers are compared and copied, and every such list is of one type.
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
