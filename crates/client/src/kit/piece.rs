//! A type-erased view, so that what contains it is compiled once.
//!
//! Leptos's own `AnyView` can also be hydrated asynchronously, whose code was a sixth of the WebAssembly.

use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::{Position, PositionState};

/// A type-erased view. It is rebuilt by replacing it, so what changes often is a signal in it, or has its own
/// type.
pub(crate) struct Piece {
    view: Box<dyn Erased>,
}

pub(crate) trait IntoPiece: IntoView + 'static {
    fn into_piece(self) -> Piece {
        Piece {
            view: Box::new(self),
        }
    }
}

impl<V: IntoView + 'static> IntoPiece for V {}

trait Erased: Send {
    fn build(self: Box<Self>) -> PieceState;

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PieceState;

    /// Absent in the browser: what a trait object can do, the browser loads.
    #[cfg(feature = "ssr")]
    fn write_html(
        self: Box<Self>,
        html: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
    );
}

impl<V: IntoView + 'static> Erased for V {
    fn build(self: Box<Self>) -> PieceState {
        PieceState::new((*self).build())
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PieceState {
        PieceState::new((*self).hydrate::<true>(cursor, position))
    }

    #[cfg(feature = "ssr")]
    fn write_html(
        self: Box<Self>,
        html: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
    ) {
        (*self).to_html_with_buf(html, position, escape, mark_branches, Vec::new());
    }
}

pub(crate) struct PieceState(Box<dyn Mountable>);

impl PieceState {
    pub(crate) fn new(state: impl Mountable + 'static) -> Self {
        Self(Box::new(state))
    }
}

impl Mountable for PieceState {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}

impl Render for Piece {
    type State = PieceState;

    fn build(self) -> PieceState {
        self.view.build()
    }

    fn rebuild(self, state: &mut PieceState) {
        let mut built = self.view.build();
        state.insert_before_this(&mut built);
        state.unmount();
        *state = built;
    }
}

no_attrs!(Piece);

impl RenderHtml for Piece {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    #[cfg_attr(
        not(feature = "ssr"),
        expect(unused_variables, reason = "only the server writes HTML")
    )]
    fn to_html_with_buf(
        self,
        html: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        _attributes: Vec<AnyAttribute>,
    ) {
        #[cfg(feature = "ssr")]
        self.view.write_html(html, position, escape, mark_branches);
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> PieceState {
        self.view.hydrate(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
