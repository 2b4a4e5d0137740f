//! What leads to a cell: a pointer, and the keys that charts have.

use super::grid::Grid;
use super::picture::{Picture, Pointed};
use crate::widgets::chart::Charts;
use web_sys::{KeyboardEvent, PointerEvent};

/// Columns that a cursor goes with the shift key.
const FAR: f64 = 10.0;

/// What happens to a plot.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    pub(super) charts: Charts,
    pub(super) picture: Picture,
}

impl Cursor {
    pub(super) fn pointer(self, pointer: &PointerEvent) {
        let (x, y) = (pointer.offset_x().into(), pointer.offset_y().into());
        self.point(self.picture.cell_at(x, y));
    }

    pub(super) fn leave(self) {
        if self.picture.pointed.with_untracked(Option::is_some) {
            self.point(None);
        }
    }

    pub(super) fn key(self, key: &KeyboardEvent) {
        if key.ctrl_key() || key.meta_key() || key.alt_key() {
            return;
        }
        let pointed = self.picture.pointed.get_untracked();
        if let Some(at) = pointed.filter(|_| key.key() == "Enter") {
            self.charts.context.playback.go(at.at_ms);
            return;
        }
        let moved = self
            .picture
            .grid
            .with_untracked(|grid| moved(grid, pointed, &key.key(), key.shift_key()));
        if let Some(at) = moved {
            key.prevent_default();
            self.point(at);
        }
    }

    fn point(self, at: Option<Pointed>) {
        self.picture.pointed.set_if_changed(at);
        let bucket_ms = self.picture.grid.with_untracked(|grid| grid.bucket_ms);
        self.charts.share_cursor(at.map(|at| (at.at_ms, bucket_ms)));
        self.picture.place();
    }
}

/// Where a key leads: nowhere, if it takes the cursor away; none if it is not for this.
fn moved(
    grid: &Grid,
    pointed: Option<Pointed>,
    key: &str,
    is_far: bool,
) -> Option<Option<Pointed>> {
    if grid.rows == 0 {
        return None;
    }
    let last_ms = grid.at_ms(grid.columns.saturating_sub(1));
    let from = pointed.unwrap_or(Pointed {
        row: 0,
        at_ms: last_ms,
    });
    let step_ms = grid.bucket_ms * if is_far { FAR } else { 1.0 };
    let at = |row: usize, at_ms: f64| {
        Some(Some(Pointed {
            row: row.min(grid.rows - 1),
            at_ms: at_ms.clamp(grid.from_ms, last_ms),
        }))
    };
    match key {
        // The first key only shows it.
        "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" if pointed.is_none() => {
            at(from.row, from.at_ms)
        }
        "ArrowLeft" => at(from.row, from.at_ms - step_ms),
        "ArrowRight" => at(from.row, from.at_ms + step_ms),
        "ArrowUp" => at(from.row.saturating_sub(1), from.at_ms),
        "ArrowDown" => at(from.row + 1, from.at_ms),
        "Home" => at(from.row, grid.from_ms),
        "End" => at(from.row, last_ms),
        "Escape" if pointed.is_some() => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chart::{Series, Window};

    #[test]
    fn keys_lead_from_cell_to_cell() {
        let series = Series::new(10);
        let grid = Grid::of(&[&series, &series], Window::new(0.0, 59_000.0), 60);
        let cell = |row, at_ms| Some(Pointed { row, at_ms });
        let key = |from, key, is_far| moved(&grid, from, key, is_far);
        assert_eq!(key(None, "ArrowDown", false), Some(cell(0, 59_000.0)));
        let from = cell(0, 5_000.0);
        assert_eq!(key(from, "ArrowLeft", false), Some(cell(0, 4_000.0)));
        assert_eq!(key(from, "ArrowLeft", true), Some(cell(0, 0.0)));
        assert_eq!(key(from, "ArrowDown", false), Some(cell(1, 5_000.0)));
        assert_eq!(key(cell(1, 0.0), "ArrowDown", false), Some(cell(1, 0.0)));
        assert_eq!(key(from, "End", false), Some(cell(0, 59_000.0)));
        assert_eq!(key(from, "Escape", false), Some(None));
        assert_eq!(key(None, "Escape", false), None);
        assert_eq!(key(from, "x", false), None);
    }
}
