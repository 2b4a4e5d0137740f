use super::models::Models;
use crate::kit::state::State;
use crate::kit::text::{Number, number};
use crate::model::{Line, LineOptions, Model, Part, SelectionId, SeriesFilter};
use leptos::prelude::*;
use protocol::Selector;

/// What the widgets read: the model, behind one revision signal for each of its parts.
///
/// Many messages may change a part before its signal fires, so a burst costs one rendering.
#[derive(Clone, Copy)]
pub(crate) struct ShownModel {
    pub(super) models: StoredValue<Models>,
    pub(super) revisions: [State<()>; Part::COUNT],
}

impl ShownModel {
    pub(super) fn new(models: Models) -> Self {
        Self {
            models: StoredValue::new(models),
            revisions: [(); Part::COUNT].map(State::new),
        }
    }

    /// Reads what is shown, and subscribes to this part.
    pub(crate) fn read<R>(&self, part: Part, look: impl FnOnce(&Model) -> R) -> R {
        self.revisions[part as usize].track();
        look(self.models().shown_of(part))
    }

    /// Reads what is shown, once.
    pub(crate) fn read_untracked<R>(&self, look: impl FnOnce(&Model) -> R) -> R {
        look(self.models().shown())
    }

    /// Whether a part that only some servers have, alerts or logs, was ever there.
    #[inline(never)]
    pub(crate) fn has_any(&self, part: Part) -> bool {
        self.read(part, |model| match part {
            Part::Alerts => !model.alerts.is_empty(),
            Part::Logs => !model.logs.is_empty(),
            _ => true,
        })
    }

    /// The server's clock at a time of the page's.
    pub(crate) fn server_now_ms(&self, now_ms: f64) -> f64 {
        now_ms + self.models().clock_offset_ms
    }

    /// One function for all readers: inlined into each, it would be loaded as often.
    #[inline(never)]
    fn models(&self) -> <StoredValue<Models> as ReadValue>::Value {
        self.models.read_value()
    }

    /// Selects the series that match, now and as they come.
    pub(crate) fn select(&self, selector: Selector) -> SeriesHandle {
        self.select_filtered(SeriesFilter::Matching(selector))
    }

    pub(crate) fn select_filtered(&self, filter: SeriesFilter) -> SeriesHandle {
        let id = self.models.write_value().select(&filter);
        SeriesHandle { shown: *self, id }
    }

    /// A chart draws a selection. Returns whether none did before, so that stored lines are to be fetched.
    pub(crate) fn draw(&self, id: SelectionId, drawn: &LineOptions) -> bool {
        self.models.write_value().draw(id, drawn)
    }
}

/// Selected series, as a widget holds them.
#[derive(Clone, Copy)]
pub(crate) struct SeriesHandle {
    shown: ShownModel,
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
        let models = self.shown.models();
        let catalog = &models.shown().catalog;
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
