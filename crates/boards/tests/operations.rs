//! Any operations in any order: what must hold of the board afterwards.

use boards::{COLUMNS, apply, check_board, derived, inverse, merge, place};
use proptest::prelude::*;
use protocol::{Board, BoardOperation, Item, Layout, Section, Widget, WidgetField};

const SECTIONS: [&str; 3] = ["s1", "s2", "s3"];

fn item() -> impl Strategy<Value = Item> {
    (0..12_u8, 0..14_u16, 0..30_u16, 0..14_u16, 0..9_u16).prop_map(|(widget, x, y, w, h)| Item {
        widget: format!("w{widget}"),
        x,
        y,
        w,
        h,
    })
}

fn section() -> impl Strategy<Value = String> {
    (0..SECTIONS.len()).prop_map(|it| SECTIONS[it].to_owned())
}

fn operation() -> impl Strategy<Value = BoardOperation> {
    let widget = || (0..12_u8).prop_map(|it| format!("w{it}"));
    prop_oneof![
        "[a-z]{0,3}".prop_map(|title| BoardOperation::SetTitle { title }),
        (section(), 0..4_u16).prop_map(|(section, index)| BoardOperation::AddSection {
            section,
            title: None,
            index
        }),
        (section(), 0..4_u16)
            .prop_map(|(section, index)| BoardOperation::MoveSection { section, index }),
        section().prop_map(|section| BoardOperation::RemoveSection { section }),
        (section(), item()).prop_map(|(section, item)| BoardOperation::Add {
            section,
            item,
            widget: Widget {
                kind: "chart".into(),
                ..Widget::default()
            },
        }),
        widget().prop_map(|widget| BoardOperation::Remove { widget }),
        (section(), prop::collection::vec(item(), 1..4))
            .prop_map(|(section, items)| BoardOperation::Place { section, items }),
        (widget(), "[a-z]{0,3}").prop_map(|(widget, title)| BoardOperation::Set {
            widget,
            change: WidgetField::Title(title),
        }),
        (widget(), "[ab\n]{0,6}", "[ab\n]{0,6}")
            .prop_map(|(widget, base, text)| BoardOperation::SetText { widget, base, text }),
    ]
}

fn empty_board() -> Board {
    Board {
        title: "Board".into(),
        sections: vec![Section {
            id: "s1".into(),
            layout: Layout::Grid,
            ..Section::default()
        }],
        ..Board::default()
    }
}

fn is_overlapping(items: &[Item]) -> bool {
    let overlap = |a: &Item, b: &Item| {
        a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
    };
    let mut pairs = items
        .iter()
        .enumerate()
        .flat_map(|(at, a)| items[at + 1..].iter().map(move |b| (a, b)));
    pairs.any(|(a, b)| overlap(a, b))
}

proptest! {
    #[test]
    fn a_layout_has_no_overlaps_and_placing_again_changes_nothing(
        items in prop::collection::vec(item(), 0..12),
        moved in prop::collection::vec(item(), 0..3),
        columns in 1..=COLUMNS,
    ) {
        let layout = place(&place(&[], &items), &moved);
        prop_assert!(!is_overlapping(&layout));
        prop_assert!(layout.iter().all(|it| it.w > 0 && it.h > 0 && it.x + it.w <= COLUMNS));
        prop_assert_eq!(&place(&layout, &[]), &layout);
        prop_assert_eq!(&place(&layout, &layout), &layout);
        let narrow = derived(&layout, columns);
        prop_assert!(!is_overlapping(&narrow));
        prop_assert_eq!(narrow.len(), layout.len());
        prop_assert!(narrow.iter().all(|it| it.x + it.w <= columns));
    }

    #[test]
    fn operations_keep_a_board_valid_and_can_be_taken_back(
        operations in prop::collection::vec(operation(), 1..40),
    ) {
        let mut board = empty_board();
        for operation in operations {
            let before = board.clone();
            let back = inverse(&before, &operation);
            if apply(&mut board, &operation).is_err() {
                prop_assert_eq!(&board, &before);
                continue;
            }
            check_board(&board).expect("a valid board");
            for section in &board.sections {
                prop_assert!(!is_overlapping(&section.items));
                prop_assert_eq!(&place(&section.items, &[]), &section.items);
            }
            // A text is merged, so it is only the same again if nobody else has changed it.
            if matches!(operation, BoardOperation::SetText { .. }) {
                continue;
            }
            let mut again = board.clone();
            for operation in &back {
                apply(&mut again, operation).expect("it can be taken back");
            }
            prop_assert!(is_same(&again, &before), "{:?}: {:?} / {:?}", operation, again, before);
        }
    }

    #[test]
    fn no_line_that_somebody_has_added_is_lost(
        base in "[a-c\n]{0,12}",
        theirs in "[d-f\n]{0,12}",
        mine in "[g-i\n]{0,12}",
        keep in 0..4_usize,
    ) {
        let lines: Vec<&str> = base.split('\n').collect();
        let kept = lines[keep.min(lines.len())..].join("\n");
        let theirs = format!("{theirs}\n{kept}");
        let mine = format!("{base}\n{mine}");
        let merged = merge(&base, &theirs, &mine);
        let has = |line: &str| merged.split('\n').any(|it| it == line);
        for line in theirs.split('\n').chain(mine.split('\n')) {
            prop_assert!(has(line) || lines.contains(&line), "{merged:?} has no {line:?}");
        }
    }
}

/// Widgets are in the order in which they were added, which does not matter.
fn is_same(a: &Board, b: &Board) -> bool {
    let sorted = |board: &Board| {
        let mut widgets: Vec<_> = board
            .widgets
            .iter()
            .map(|(id, widget)| (id.to_owned(), widget.clone()))
            .collect();
        widgets.sort_by(|a, b| a.0.cmp(&b.0));
        format!("{widgets:?}")
    };
    sorted(a) == sorted(b) && a.sections == b.sections && a.title == b.title
}
