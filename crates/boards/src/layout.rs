//! Where widgets are in a grid. No two overlap, and none can move up: below its top edge each stands on another.

use protocol::Item;

/// How wide a grid is.
pub const COLUMNS: u16 = 12;

/// How high a widget may be, in rows.
pub const ROWS_MAX: u16 = 60;

/// Beyond this row nothing is placed.
const ROW_MAX: u16 = 10_000;

/// The layout after `moved` have been placed where they say, earlier ones first. Others that they overlap move down; then
/// all move up as far as they can. An item of `moved` that is not in the layout is added. Without any it only moves
/// everything up.
///
/// Placing items where they are already changes nothing, and placing all that have changed where they were takes it back.
#[must_use]
pub fn place(items: &[Item], moved: &[Item]) -> Vec<Item> {
    let mut placed: Vec<Item> = Vec::with_capacity(items.len() + moved.len());
    for item in moved {
        if placed.iter().all(|it| it.widget != item.widget) {
            put(&mut placed, fitted(item.clone(), COLUMNS));
        }
    }
    let is_moved = |item: &Item| moved.iter().any(|it| it.widget == item.widget);
    let others = items.iter().filter(|item| !is_moved(item));
    for item in in_reading_order(others.cloned().collect()) {
        put(&mut placed, fitted(item, COLUMNS));
    }
    compact(placed)
}

/// The same widgets in a narrower grid, derived anew each time and stored nowhere: in one column they are stacked in
/// reading order.
#[must_use]
pub fn derived(items: &[Item], columns: u16) -> Vec<Item> {
    let columns = columns.clamp(1, COLUMNS);
    let scaled = |value: u16| (u32::from(value) * u32::from(columns)).div_ceil(u32::from(COLUMNS));
    let mut placed = Vec::with_capacity(items.len());
    for item in in_reading_order(items.to_vec()) {
        let narrow = Item {
            x: (u32::from(item.x) * u32::from(columns) / u32::from(COLUMNS)) as u16,
            w: scaled(item.w) as u16,
            ..item
        };
        put(&mut placed, fitted(narrow, columns));
    }
    compact(placed)
}

/// The first place in reading order where a widget of this size fits.
#[must_use]
pub fn free_place(items: &[Item], w: u16, h: u16) -> (u16, u16) {
    let (w, h) = (w.clamp(1, COLUMNS), h.clamp(1, ROWS_MAX));
    let end = items.iter().map(bottom).max().unwrap_or(0);
    for y in 0..end {
        for x in 0..=COLUMNS - w {
            let item = Item {
                widget: String::new(),
                x,
                y,
                w,
                h,
            };
            if !items.iter().any(|it| overlap(it, &item)) {
                return (x, y);
            }
        }
    }
    (0, end)
}

/// An item within the limits.
fn fitted(mut item: Item, columns: u16) -> Item {
    item.w = item.w.clamp(1, columns);
    item.h = item.h.clamp(1, ROWS_MAX);
    item.x = item.x.min(columns - item.w);
    item.y = item.y.min(ROW_MAX);
    item
}

/// Adds an item, as far below its place as it must be in order to overlap none.
fn put(placed: &mut Vec<Item>, mut item: Item) {
    while let Some(below) = obstacle(placed, &item) {
        item.y = below;
    }
    placed.push(item);
}

/// The row below what an item overlaps.
fn obstacle(placed: &[Item], item: &Item) -> Option<u16> {
    let overlapped = placed.iter().filter(|it| overlap(it, item));
    overlapped.map(bottom).max()
}

/// Moves everything up, what is above first. The result is in reading order.
fn compact(items: Vec<Item>) -> Vec<Item> {
    let mut placed: Vec<Item> = Vec::with_capacity(items.len());
    for mut item in in_reading_order(items) {
        let beside = placed.iter().filter(|it| share_columns(it, &item));
        // All of them begin above it, so that it can stand below the lowest of them, and no higher.
        item.y = beside.map(bottom).max().unwrap_or(0);
        placed.push(item);
    }
    in_reading_order(placed)
}

fn in_reading_order(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|a, b| (a.y, a.x, &a.widget).cmp(&(b.y, b.x, &b.widget)));
    items
}

fn bottom(item: &Item) -> u16 {
    item.y.saturating_add(item.h)
}

fn share_columns(a: &Item, b: &Item) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w
}

fn overlap(a: &Item, b: &Item) -> bool {
    share_columns(a, b) && a.y < bottom(b) && b.y < bottom(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(widget: &str, x: u16, y: u16, w: u16, h: u16) -> Item {
        Item {
            widget: widget.into(),
            x,
            y,
            w,
            h,
        }
    }

    #[track_caller]
    fn check(items: &[Item], moved: &[Item], expected: &[Item]) {
        assert_eq!(place(items, moved), expected);
    }

    #[test]
    fn what_is_overlapped_moves_down() {
        let items = [item("a", 0, 0, 6, 2), item("b", 6, 0, 6, 2)];
        check(
            &items,
            &[item("b", 3, 0, 6, 2)],
            &[item("b", 3, 0, 6, 2), item("a", 0, 2, 6, 2)],
        );
    }

    #[test]
    fn everything_moves_up() {
        check(
            &[item("a", 0, 4, 6, 2), item("b", 0, 9, 12, 1)],
            &[],
            &[item("a", 0, 0, 6, 2), item("b", 0, 2, 12, 1)],
        );
    }

    #[test]
    fn sizes_and_places_are_within_the_grid() {
        check(
            &[],
            &[item("a", 11, 60_000, 40, 0)],
            &[item("a", 0, 0, 12, 1)],
        );
    }

    #[test]
    fn a_narrow_grid_keeps_the_order() {
        let items = [
            item("a", 0, 0, 4, 2),
            item("b", 4, 0, 4, 2),
            item("c", 8, 0, 4, 3),
        ];
        let six = derived(&items, 6);
        assert_eq!(six[0], item("a", 0, 0, 2, 2));
        assert_eq!(six[2], item("c", 4, 0, 2, 3));
        let one: Vec<_> = derived(&items, 1);
        let order: Vec<&str> = one.iter().map(|it| it.widget.as_str()).collect();
        assert_eq!(order, ["a", "b", "c"]);
        assert_eq!(one[2].y, 4);
    }

    #[test]
    fn a_free_place_is_the_first_in_reading_order() {
        let items = [item("a", 0, 0, 6, 2), item("b", 0, 2, 12, 2)];
        assert_eq!(free_place(&items, 6, 2), (6, 0));
        assert_eq!(free_place(&items, 7, 2), (0, 4));
    }
}
