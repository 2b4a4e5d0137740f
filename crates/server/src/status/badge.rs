use super::html::escaped;
use super::summary::{Overall, Summary};
use protocol::checks::CheckState;
use std::fmt::Write;

/// The width of a character on average, and around a text. The text is fitted to it, whatever the typeface.
const CHARACTER_WIDTH: usize = 7;
const PADDING: usize = 10;

/// Characters of a name that are shown.
const NAME_CHARS_MAX: usize = 40;

/// A picture for other pages: the name of a check and whether it is up, or how everything is. Absent if no such check is
/// shown.
pub(crate) fn badge(summary: &Summary, check: Option<&str>) -> Option<String> {
    const GOOD: &str = "#1a7f37";
    const WARN: &str = "#8a5a00";
    const BAD: &str = "#c6262e";
    const UNKNOWN: &str = "#57606a";
    let (name, state, colour) = match check {
        Some(name) => {
            let check = summary.check(name)?;
            let (state, colour) = match check.state {
                CheckState::Up => ("up", GOOD),
                CheckState::Down if check.is_maintained => ("maintenance", WARN),
                CheckState::Down => ("down", BAD),
                CheckState::Unknown => ("no result", UNKNOWN),
            };
            (name, state, colour)
        }
        None => {
            let (state, colour) = match summary.state {
                Overall::Operational => ("operational", GOOD),
                Overall::Maintenance => ("maintenance", WARN),
                Overall::Failing => ("failing", BAD),
                Overall::Unknown => ("no results", UNKNOWN),
            };
            ("status", state, colour)
        }
    };
    let name: String = name.chars().take(NAME_CHARS_MAX).collect();
    let width_of = |text: &str| text.chars().count() * CHARACTER_WIDTH;
    let (left, right) = (width_of(&name), width_of(state));
    let split = left + PADDING;
    let width = split + right + PADDING;
    let name = escaped(&name);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" aria-label=\"{name}: {state}\">\
         <title>{name}: {state}</title>\
         <rect width=\"{width}\" height=\"20\" rx=\"4\" fill=\"#24292f\"/>\
         <path d=\"M{split} 0h{}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-{}z\" fill=\"{colour}\"/>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" lengthAdjust=\"spacingAndGlyphs\">\
         <text x=\"{}\" y=\"14\" textLength=\"{left}\" lengthAdjust=\"spacingAndGlyphs\">{name}</text>\
         <text x=\"{}\" y=\"14\" textLength=\"{right}\" lengthAdjust=\"spacingAndGlyphs\">{state}</text></g></svg>",
        right + PADDING - 4,
        right + PADDING - 4,
        PADDING / 2,
        split + PADDING / 2,
    );
    Some(svg)
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::check;
    use super::*;
    use protocol::Timestamp;

    #[test]
    fn a_badge_says_how_a_check_is_and_nothing_of_others() {
        let checks = vec![
            check("<web>", CheckState::Up, false),
            check("api", CheckState::Down, false),
        ];
        let summary = Summary::new(Timestamp::from_unix_ms(0), checks, Vec::new());
        let web = badge(&summary, Some("<web>")).unwrap();
        assert!(web.contains("<title>&lt;web&gt;: up</title>"), "{web}");
        assert!(!web.contains("api"));
        assert!(badge(&summary, None).unwrap().contains("status: failing"));
        assert_eq!(badge(&summary, Some("other")), None);
    }
}
