//! The rules of these widgets: nothing of them is in the first view.

use crate::kit::browser::add_style_sheet;
use std::cell::Cell;

/// One for each.
pub(crate) const STYLES: [&str; 9] = [
    include_str!("../../../../../style/widgets/board/fit.css"),
    include_str!("../../../../../style/widgets/board/gauge.css"),
    include_str!("../../../../../style/widgets/board/value.css"),
    include_str!("../../../../../style/widgets/board/bars.css"),
    include_str!("../../../../../style/widgets/board/table.css"),
    include_str!("../../../../../style/widgets/board/heatmap.css"),
    include_str!("../../../../../style/widgets/board/hosts.css"),
    include_str!("../../../../../style/widgets/board/text.css"),
    include_str!("../../../../../style/widgets/board/clock.css"),
];

thread_local! {
    static ARE_ADDED: Cell<bool> = const { Cell::new(false) };
}

/// Adds them to the page's, once.
pub(crate) fn add_styles() {
    if !ARE_ADDED.replace(true) {
        add_style_sheet(&["@layer widgets{", &STYLES.concat(), "}"].concat());
    }
}
