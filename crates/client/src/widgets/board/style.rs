//! The rules of these widgets: nothing of them is in the first view.

use crate::kit::browser::StyleSheet;

/// One for each, in the layer that they belong to.
pub(crate) const STYLES: [&str; 11] = [
    "@layer widgets{",
    include_str!("../../../../../style/widgets/board/fit.css"),
    include_str!("../../../../../style/widgets/board/gauge.css"),
    include_str!("../../../../../style/widgets/board/value.css"),
    include_str!("../../../../../style/widgets/board/bars.css"),
    include_str!("../../../../../style/widgets/board/table.css"),
    include_str!("../../../../../style/widgets/board/heatmap.css"),
    include_str!("../../../../../style/widgets/board/hosts.css"),
    include_str!("../../../../../style/widgets/board/text.css"),
    include_str!("../../../../../style/widgets/board/clock.css"),
    "}",
];

static SHEET: StyleSheet = StyleSheet::new(&STYLES);

/// Adds them to the page's, once.
pub(crate) fn add_styles() {
    SHEET.add();
}
