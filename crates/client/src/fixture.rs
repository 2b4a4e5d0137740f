//! A part of the page that is there from the start and stays: the server has written it, and the
//! browser only finds it again. It has forgotten its type, as a [`crate::piece::Piece`] has, and
//! cannot be made in the browser, so the code for that is not loaded.

use crate::piece::PieceState;
use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::view::{Position, PositionState};

pub(crate) struct Fixture {
    view: Box<dyn Erased>,
}

pub(crate) trait IntoFixture: IntoView + 'static {
    fn into_fixture(self) -> Fixture {
        Fixture {
            view: Box::new(self),
        }
    }
}

impl<V: IntoView + 'static> IntoFixture for V {}

trait Erased: Send {
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

impl Render for Fixture {
    type State = PieceState;

    fn build(self) -> PieceState {
        unreachable!("a fixture comes with the page")
    }

    fn rebuild(self, _: &mut PieceState) {
        unreachable!("a fixture stays as it is")
    }
}

no_attrs!(Fixture);

impl RenderHtml for Fixture {
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
