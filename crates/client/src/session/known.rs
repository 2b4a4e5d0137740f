use super::connection::Statistics;
use crate::model::Rate;
use crate::model::Snapshot;
use crate::model::{Drawn, Model, Part, SelectionId, Wanted};
use protocol::Received;

/// The copies of the model, and which of them is shown.
pub(super) struct Known {
    pub(super) now: Model,
    /// As it was when a pause began.
    pub(super) frozen: Option<Model>,
    /// What is shown instead: with lines that reach further back than the page has been open, or as
    /// everything was at another moment.
    pub(super) past: Option<Model>,
    /// Whether `past` follows the present.
    pub(super) past_follows: bool,
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

impl Known {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        Self {
            now: Model::new(snapshot),
            frozen: None,
            past: None,
            past_follows: false,
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
        self.past.as_ref().unwrap_or(self.current())
    }

    /// The present, or what it was when a pause began.
    pub(super) fn current(&self) -> &Model {
        self.frozen.as_ref().unwrap_or(&self.now)
    }

    /// What they show of a part: the server and the connection have no past.
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
            now, past, changed, ..
        } = self;
        change(now, &mut |part| changed[part as usize] = true);
        if let Some(past) = past.as_mut().filter(|_| self.past_follows) {
            change(past, &mut |_| {});
        }
    }

    /// Changes all copies.
    pub(super) fn change_all(&mut self, change: &mut dyn FnMut(&mut Model)) {
        let all = [
            Some(&mut self.now),
            self.frozen.as_mut(),
            self.past.as_mut(),
        ];
        for model in all.into_iter().flatten() {
            change(model);
        }
    }

    /// Selects series in all copies.
    pub(super) fn select(&mut self, wanted: &Wanted) -> SelectionId {
        let id = self.now.catalog.select(wanted.clone());
        for model in [&mut self.frozen, &mut self.past].into_iter().flatten() {
            model.catalog.select(wanted.clone());
        }
        id
    }

    /// A chart draws some.
    pub(super) fn draw(&mut self, id: SelectionId, drawn: &Drawn) -> bool {
        for model in [&mut self.frozen, &mut self.past].into_iter().flatten() {
            model.catalog.draw(id, drawn.clone());
        }
        self.now.catalog.draw(id, drawn.clone())
    }

    /// Combines the present values with the loaded lines, which follow the present or not.
    pub(super) fn refresh_past(&mut self, follows: bool) {
        let mut current = self.current().clone();
        if let Some(past) = &self.past {
            current.take_lines(past);
        }
        self.past = Some(current);
        self.past_follows = follows;
    }

    /// Shows the present again.
    pub(super) fn forget_past(&mut self) {
        self.past = None;
        self.past_follows = false;
    }
}
