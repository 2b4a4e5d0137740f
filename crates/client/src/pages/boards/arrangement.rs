//! Where the widgets of a board are, while one of them may be on its way.

use boards::{derived, place};
use protocol::{Board, Item, Section};
use std::collections::HashMap;

/// The columns where there is less space.
const NARROW_COLUMNS: u16 = 6;

/// A widget that is being moved or resized.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grabbed {
    /// The section that it was in, and where.
    pub(super) from: String,
    pub(super) before: Item,
    /// The section that it would be in, and where.
    pub(super) section: String,
    pub(super) item: Item,
    /// Whether keys move it, and not a pointer.
    pub(super) by_keys: bool,
}

/// The places of all widgets, by their identifiers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Arrangement {
    places: HashMap<String, Placed>,
    /// The place in another section for which a widget has left its own.
    ghost: Option<(String, Placed)>,
}

/// A place in the grid, and in the narrower one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) wide: Item,
    pub(super) narrow: Item,
}

impl Arrangement {
    pub(super) fn new(board: &Board, grabbed: Option<&Grabbed>) -> Self {
        let mut arrangement = Self::default();
        for section in &board.sections {
            let items = preview(section, grabbed);
            let narrow = derived(&items, NARROW_COLUMNS);
            for wide in items {
                let Some(narrow) = narrow.iter().find(|it| it.widget == wide.widget) else {
                    continue;
                };
                let placed = Placed {
                    narrow: narrow.clone(),
                    wide,
                };
                let of = grabbed.filter(|it| it.item.widget == placed.wide.widget);
                match of {
                    Some(it) if it.section != it.from => {
                        arrangement.ghost = Some((section.id.clone(), placed));
                    }
                    _ => {
                        arrangement
                            .places
                            .insert(placed.wide.widget.clone(), placed);
                    }
                }
            }
        }
        if let Some(it) = grabbed.filter(|it| it.section != it.from) {
            // Until it is dropped it stays where it was, faded.
            let placed = Placed {
                wide: it.before.clone(),
                narrow: it.before.clone(),
            };
            arrangement.places.insert(it.before.widget.clone(), placed);
        }
        arrangement
    }

    pub(super) fn of(&self, widget: &str) -> Option<&Placed> {
        self.places.get(widget)
    }

    /// The place in this section for a widget of another one.
    pub(super) fn ghost_in(&self, section: &str) -> Option<&Placed> {
        let (of, placed) = self.ghost.as_ref()?;
        (of == section).then_some(placed)
    }
}

/// The items of a section with what is being moved.
fn preview(section: &Section, grabbed: Option<&Grabbed>) -> Vec<Item> {
    match grabbed {
        Some(it) if it.section == section.id => {
            place(&section.items, std::slice::from_ref(&it.item))
        }
        Some(it) if it.from == section.id => {
            let others = section.items.iter();
            let others: Vec<Item> = others
                .filter(|item| item.widget != it.item.widget)
                .cloned()
                .collect();
            place(&others, &[])
        }
        _ => section.items.clone(),
    }
}

/// The section that a widget is in, and where it is there.
pub(super) fn find<'a>(board: &'a Board, widget: &str) -> Option<(&'a Section, &'a Item)> {
    board.sections.iter().find_map(|section| {
        let item = section.items.iter().find(|item| item.widget == widget)?;
        Some((section, item))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Layout;

    fn item(widget: &str, x: u16, y: u16) -> Item {
        Item {
            widget: widget.into(),
            x,
            y,
            w: 6,
            h: 2,
        }
    }

    fn section(id: &str, items: &[Item]) -> Section {
        Section {
            id: id.into(),
            layout: Layout::Grid,
            items: items.to_vec(),
            ..Section::default()
        }
    }

    fn board() -> Board {
        Board {
            sections: vec![
                section("s1", &[item("a", 0, 0), item("b", 6, 0)]),
                section("s2", &[item("c", 0, 0)]),
            ],
            ..Board::default()
        }
    }

    fn grabbed(section: &str, item: Item) -> Grabbed {
        Grabbed {
            from: "s1".into(),
            before: self::item(&item.widget, 0, 0),
            section: section.into(),
            item,
            by_keys: false,
        }
    }

    #[test]
    fn others_make_room_for_what_is_moved() {
        let grabbed = grabbed("s1", item("a", 6, 0));
        let arrangement = Arrangement::new(&board(), Some(&grabbed));
        let place = |id| arrangement.of(id).map(|it| (it.wide.x, it.wide.y));
        assert_eq!(place("a"), Some((6, 0)));
        assert_eq!(place("b"), Some((6, 2)));
        assert_eq!(place("c"), Some((0, 0)));
    }

    #[test]
    fn a_widget_on_its_way_to_another_section_has_a_place_there() {
        let grabbed = grabbed("s2", item("a", 0, 0));
        let arrangement = Arrangement::new(&board(), Some(&grabbed));
        assert!(arrangement.ghost_in("s1").is_none());
        let ghost = arrangement.ghost_in("s2").expect("a place");
        assert_eq!((ghost.wide.x, ghost.wide.y), (0, 0));
        let place = |id| arrangement.of(id).map(|it| (it.wide.x, it.wide.y));
        assert_eq!(place("c"), Some((0, 2)));
        assert_eq!(place("a"), Some((0, 0)));
    }
}
