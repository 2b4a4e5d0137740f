//! From pixels to places in the grid.

use boards::{COLUMNS, ROWS_MAX};
use protocol::Item;

/// A row with its gap, and the gap, in CSS pixels; the style sheet has the same.
const ROW_PX: f64 = 48.0;
const GAP_PX: f64 = 8.0;

/// Narrower than this, a grid has half the columns, and then one; the style sheet has the same.
const NARROW_PX: f64 = 900.0;
const SINGLE_PX: f64 = 600.0;

/// A grid on the page, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Grid {
    /// The columns of the document that one of the page stands for; none where all widgets stand in one column.
    fn step(self) -> Option<u16> {
        match self.width {
            width if width < SINGLE_PX => None,
            width if width < NARROW_PX => Some(2),
            _ => Some(1),
        }
    }

    /// Whether widgets can be moved by pointing.
    pub(super) fn has_columns(self) -> bool {
        self.step().is_some()
    }

    /// Whether a point is within its rows, or a little below them, so that something can be put at the end.
    pub(super) fn has_row_at(self, y: f64) -> bool {
        (self.top - ROW_PX..self.top + self.height + ROW_PX).contains(&y)
    }

    /// Columns and rows of a distance.
    fn cells(self, across: f64, down: f64) -> Option<(f64, f64)> {
        let step = f64::from(self.step()?);
        let columns = f64::from(COLUMNS) / step;
        let column_px = (self.width + GAP_PX) / columns;
        Some(((across / column_px).round() * step, (down / ROW_PX).round()))
    }

    /// An item whose top left corner is at a point.
    pub(super) fn moved(self, item: &Item, left: f64, top: f64) -> Option<Item> {
        let (x, y) = self.cells(left - self.left, top - self.top)?;
        let x_max = f64::from(COLUMNS - item.w.min(COLUMNS));
        Some(Item {
            x: x.clamp(0.0, x_max) as u16,
            y: y.clamp(0.0, 1_000.0) as u16,
            ..item.clone()
        })
    }

    /// An item with so much more width and height.
    pub(super) fn resized(self, item: &Item, across: f64, down: f64) -> Option<Item> {
        let (w, h) = self.cells(across, down)?;
        let w_max = f64::from(COLUMNS - item.x.min(COLUMNS - 1));
        Some(Item {
            w: (f64::from(item.w) + w).clamp(1.0, w_max) as u16,
            h: (f64::from(item.h) + h).clamp(1.0, f64::from(ROWS_MAX)) as u16,
            ..item.clone()
        })
    }
}

/// An item that was moved by an arrow key, or resized.
pub(super) fn by_key(item: &Item, key: &str, resizes: bool) -> Option<Item> {
    let mut item = item.clone();
    let (value, more, max) = match (key, resizes) {
        ("ArrowLeft" | "ArrowRight", false) => (
            &mut item.x,
            key == "ArrowRight",
            COLUMNS - item.w.min(COLUMNS),
        ),
        ("ArrowUp" | "ArrowDown", false) => (&mut item.y, key == "ArrowDown", 1_000),
        ("ArrowLeft" | "ArrowRight", true) => (
            &mut item.w,
            key == "ArrowRight",
            COLUMNS - item.x.min(COLUMNS - 1),
        ),
        ("ArrowUp" | "ArrowDown", true) => (&mut item.h, key == "ArrowDown", ROWS_MAX),
        _ => return None,
    };
    *value = match more {
        true => (*value + 1).min(max),
        false => value.saturating_sub(1).max(u16::from(resizes)),
    };
    Some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(x: u16, y: u16, w: u16, h: u16) -> Item {
        Item {
            widget: "a".into(),
            x,
            y,
            w,
            h,
        }
    }

    fn grid(width: f64) -> Grid {
        Grid {
            left: 100.0,
            top: 50.0,
            width,
            height: 480.0,
        }
    }

    #[test]
    fn a_point_is_in_the_nearest_cell() {
        // 12 columns of 92 pixels with 8 between them.
        let wide = grid(1192.0);
        let moved = |left, top| wide.moved(&item(0, 0, 4, 2), left, top);
        assert_eq!(moved(310.0, 140.0), Some(item(2, 2, 4, 2)));
        assert_eq!(moved(5_000.0, -40.0), Some(item(8, 0, 4, 2)));
        assert_eq!(
            wide.resized(&item(6, 0, 4, 2), 205.0, -48.0),
            Some(item(6, 0, 6, 1))
        );
        assert_eq!(
            wide.resized(&item(6, 0, 4, 2), 900.0, -480.0),
            Some(item(6, 0, 6, 1))
        );
    }

    #[test]
    fn a_narrow_grid_moves_by_two_columns_and_a_single_one_not_at_all() {
        // 6 columns of 112 pixels with 8 between them.
        assert_eq!(
            grid(712.0).moved(&item(0, 0, 4, 2), 220.0, 50.0),
            Some(item(2, 0, 4, 2))
        );
        assert_eq!(grid(390.0).moved(&item(0, 0, 4, 2), 220.0, 50.0), None);
    }

    #[test]
    fn arrow_keys_stay_within_the_grid() {
        let at = item(8, 0, 4, 1);
        assert_eq!(by_key(&at, "ArrowRight", false), Some(item(8, 0, 4, 1)));
        assert_eq!(by_key(&at, "ArrowLeft", false), Some(item(7, 0, 4, 1)));
        assert_eq!(by_key(&at, "ArrowUp", false), Some(item(8, 0, 4, 1)));
        assert_eq!(by_key(&at, "ArrowUp", true), Some(item(8, 0, 4, 1)));
        assert_eq!(by_key(&at, "ArrowDown", true), Some(item(8, 0, 4, 2)));
        assert_eq!(by_key(&at, "ArrowLeft", true), Some(item(8, 0, 3, 1)));
        assert_eq!(by_key(&at, "Enter", true), None);
    }
}
