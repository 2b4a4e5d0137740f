use super::known::Known;
use crate::kit::state::State;
use crate::kit::text::{Number, number};
use crate::model::{Drawn, Line, Model, Part, SelectionId, Wanted};
use leptos::prelude::*;
use protocol::Selector;

/// What the widgets read: the model, behind one revision signal for each of its parts.
///
/// Many messages may change a part before its signal fires, so a burst costs one rendering.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    pub(super) known: StoredValue<Known>,
    pub(super) revisions: [State<()>; Part::COUNT],
}

impl Shown {
    pub(super) fn new(known: Known) -> Self {
        Self {
            known: StoredValue::new(known),
            revisions: [(); Part::COUNT].map(State::new),
        }
    }

    /// Reads what is shown, and subscribes to this part.
    pub(crate) fn read<R>(&self, part: Part, look: impl FnOnce(&Model) -> R) -> R {
        self.revisions[part as usize].track();
        look(self.known().shown_of(part))
    }

    /// Reads what is shown, once.
    pub(crate) fn read_untracked<R>(&self, look: impl FnOnce(&Model) -> R) -> R {
        look(self.known().shown())
    }

    /// The server's clock at a time of the page's.
    pub(crate) fn server_now_ms(&self, now_ms: f64) -> f64 {
        now_ms + self.known().clock_offset_ms
    }

    /// One function for all readers: inlined into each, it would be loaded as often.
    #[inline(never)]
    fn known(&self) -> <StoredValue<Known> as ReadValue>::Value {
        self.known.read_value()
    }

    /// Selects the series that match, now and as they come.
    pub(crate) fn select(&self, selector: Selector) -> SeriesHandle {
        self.want(Wanted::Of(selector))
    }

    pub(crate) fn want(&self, wanted: Wanted) -> SeriesHandle {
        let id = self.known.write_value().select(&wanted);
        SeriesHandle { shown: *self, id }
    }

    /// A chart draws a selection. Returns whether none did before, so that stored lines are to be fetched.
    pub(crate) fn draw(&self, id: SelectionId, drawn: &Drawn) -> bool {
        self.known.write_value().draw(id, drawn)
    }
}

/// Selected series, as a widget holds them.
#[derive(Clone, Copy)]
pub(crate) struct SeriesHandle {
    shown: Shown,
    pub(crate) id: SelectionId,
}

impl SeriesHandle {
    /// Reads the series, and subscribes to them.
    pub(crate) fn read<R: Default>(&self, look: impl Fn(&[Line<'_>]) -> R) -> R {
        let mut read = R::default();
        self.look(&mut |lines| read = look(lines));
        read
    }

    /// One function for all readers: inlined into each, it would be loaded as often.
    #[inline(never)]
    fn look(&self, look: &mut dyn FnMut(&[Line<'_>])) {
        self.shown.revisions[Part::Samples as usize].track();
        let known = self.shown.known();
        let catalog = &known.shown().catalog;
        if !catalog.is_sampled(self.id) {
            self.shown.revisions[Part::Data as usize].track();
        }
        look(&catalog.lines(self.id));
    }

    /// The value of the first of them.
    #[inline(never)]
    pub(crate) fn value(&self) -> Option<f64> {
        self.read(|lines| lines.first()?.value)
    }

    /// The value of the series whose label has this value.
    #[inline(never)]
    pub(crate) fn labelled(&self, label: &str, value: &str) -> Option<f64> {
        self.read(|lines| {
            let mut lines = lines.iter();
            let line = lines.find(|line| line.key.label(label) == value)?;
            line.value
        })
    }

    /// [`SeriesHandle::value`] as a function.
    pub(crate) fn number(self) -> Number {
        number(move || self.value())
    }
}
