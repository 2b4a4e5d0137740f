use super::connection::Statistics;
use crate::model::Rate;
use crate::model::Snapshot;
use crate::model::{LineOptions, Model, Part, SelectionId, SeriesFilter};
use protocol::Received;

/// The copies of the model, and which of them is shown.
pub(super) struct Models {
    pub(super) now: Model,
    /// As it was when a pause began.
    pub(super) frozen: Option<Model>,
    /// What is shown instead: with lines that reach further back than the page has been open, or as
    /// everything was at another moment.
    pub(super) loaded: Option<Model>,
    /// Whether `loaded` follows the present.
    pub(super) loaded_follows: bool,
    /// Parts that have changed since the widgets were last notified.
    pub(super) changed: [bool; Part::COUNT],
    pub(super) rate: Rate,
    /// The newest, until they are shown.
    pub(super) statistics: Statistics,
    pub(super) tallied_ms: f64,
    /// The server's clock minus the page's monotonic one.
    pub(super) clock_offset_ms: f64,
    /// Whether the connection was lost and is not back yet.
    pub(super) lost: bool,
}

/// Changes a model, and reports which parts.
pub(super) type Change<'a> = dyn FnMut(&mut Model, &mut dyn FnMut(Part)) + 'a;

impl Models {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        Self {
            now: Model::new(snapshot),
            frozen: None,
            loaded: None,
            loaded_follows: false,
            changed: [false; Part::COUNT],
            rate: Rate::default(),
            statistics: Statistics::default(),
            tallied_ms: f64::NEG_INFINITY,
            clock_offset_ms: snapshot.now.unix_ms() as f64,
            lost: false,
        }
    }

    /// What the widgets show.
    pub(super) fn shown(&self) -> &Model {
        self.loaded.as_ref().unwrap_or(self.current())
    }

    /// The present, or what it was when a pause began.
    pub(super) fn current(&self) -> &Model {
        self.frozen.as_ref().unwrap_or(&self.now)
    }

    /// What they show of a part: the server and the connection have no history.
    pub(super) fn shown_of(&self, part: Part) -> &Model {
        match part {
            Part::Server | Part::Updates => self.current(),
            _ => self.shown(),
        }
    }

    pub(super) fn apply(&mut self, received: &Received) {
        self.change(&mut |model, changed| model.apply(received, changed));
    }

    /// Changes the present, and the loaded lines that follow it.
    pub(super) fn change(&mut self, change: &mut Change<'_>) {
        let Self {
            now,
            loaded,
            changed,
            ..
        } = self;
        change(now, &mut |part| changed[part as usize] = true);
        if let Some(loaded) = loaded.as_mut().filter(|_| self.loaded_follows) {
            change(loaded, &mut |_| {});
        }
    }

    /// Changes all copies.
    pub(super) fn change_all(&mut self, change: &mut dyn FnMut(&mut Model)) {
        let all = [
            Some(&mut self.now),
            self.frozen.as_mut(),
            self.loaded.as_mut(),
        ];
        for model in all.into_iter().flatten() {
            change(model);
        }
    }

    /// Selects series in all copies.
    pub(super) fn select(&mut self, filter: &SeriesFilter) -> SelectionId {
        let id = self.now.catalog.select(filter.clone());
        for model in [&mut self.frozen, &mut self.loaded].into_iter().flatten() {
            model.catalog.select(filter.clone());
        }
        id
    }

    /// A chart draws some.
    pub(super) fn draw(&mut self, id: SelectionId, drawn: &LineOptions) -> bool {
        for model in [&mut self.frozen, &mut self.loaded].into_iter().flatten() {
            model.catalog.draw(id, drawn.clone());
        }
        self.now.catalog.draw(id, drawn.clone())
    }

    /// Combines the present values with the loaded lines, which follow the present or not.
    pub(super) fn refresh_loaded(&mut self, follows: bool) {
        let mut current = self.current().clone();
        if let Some(loaded) = &self.loaded {
            current.take_lines(loaded);
        }
        self.loaded = Some(current);
        self.loaded_follows = follows;
    }

    /// Shows the present again.
    pub(super) fn forget_loaded(&mut self) {
        self.loaded = None;
        self.loaded_follows = false;
    }
}
