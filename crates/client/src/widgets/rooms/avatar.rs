use crate::kit::piece::{IntoPiece, Piece};
use crate::model::rooms::{hue, initials};
use leptos::prelude::*;
use protocol::{Person, PersonKind};

/// The initials of somebody, on a ground whose hue is that person's. `presence` is shown as a dot.
pub(super) fn avatar(person: &Person, presence: Option<&'static str>) -> Piece {
    let hue = hue(&person.id).to_string();
    view! {
        <span
            class="avatar"
            aria-hidden="true"
            data-presence=presence
            data-bot=(person.kind == PersonKind::Bot).then_some("true")
            style:--hue=hue
        >
            {initials(&person.name)}
        </span>
    }
    .into_piece()
}
