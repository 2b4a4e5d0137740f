//! Longer texts than messages: the same light Markdown with headings, lists and strong text.

use super::{Block, Inline, Names, blocks, inlines};

/// A deeper heading is one of this level.
const LEVEL_MAX: usize = 3;

const STRONG: &str = "**";

/// A part of a text that stands for itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A line that begins with one to three `#`.
    Heading {
        /// From 1 on.
        level: usize,
        /// What follows.
        text: Vec<Span>,
    },
    /// Lines that begin with `-` or `*`, or with a number and a full stop.
    List {
        /// Whether they begin with numbers.
        is_numbered: bool,
        /// What follows.
        items: Vec<Vec<Span>>,
    },
    /// As in messages.
    Paragraph(Vec<Span>),
    /// As in messages.
    Quote(Vec<Span>),
    /// As in messages.
    Code(String),
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Span {
    /// As in messages.
    Plain(Inline),
    /// What is between two `**`.
    Strong(Vec<Inline>),
}

/// Reads a text, in which nobody is mentioned.
pub fn document(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with(super::FENCE) {
            is_code = !is_code;
        }
        let part = (!is_code)
            .then(|| heading(line).or_else(|| item(line)))
            .flatten();
        // A blank line separates paragraphs.
        let is_blank = !is_code && line.trim().is_empty();
        if is_blank || part.is_some() {
            flush(&mut parts, &mut plain);
        } else {
            super::push_line(&mut plain, line);
        }
        let Some(part) = part else { continue };
        match (part, parts.last_mut()) {
            (
                Part::List {
                    is_numbered,
                    mut items,
                },
                Some(Part::List {
                    is_numbered: was_numbered,
                    items: before,
                }),
            ) if is_numbered == *was_numbered => before.append(&mut items),
            (part, _) => parts.push(part),
        }
    }
    flush(&mut parts, &mut plain);
    parts
}

fn flush(parts: &mut Vec<Part>, plain: &mut String) {
    for block in blocks(&std::mem::take(plain), &Names::default()) {
        parts.push(match block {
            Block::Paragraph(inlines) => Part::Paragraph(spans(inlines)),
            Block::Quote(inlines) => Part::Quote(spans(inlines)),
            Block::Code(code) => Part::Code(code),
        });
    }
}

fn heading(line: &str) -> Option<Part> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let text = text.strip_prefix(' ').filter(|_| level > 0)?.trim();
    (!text.is_empty()).then(|| Part::Heading {
        level: level.min(LEVEL_MAX),
        text: read(text),
    })
}

fn item(line: &str) -> Option<Part> {
    let line = line.trim_start();
    let of_list = ["- ", "* "]
        .into_iter()
        .find_map(|mark| line.strip_prefix(mark));
    let numbered = || {
        let text = line.trim_start_matches(|c: char| c.is_ascii_digit());
        text.strip_prefix(". ").filter(|_| text.len() < line.len())
    };
    let is_numbered = of_list.is_none();
    let text = of_list.or_else(numbered)?.trim();
    (!text.is_empty()).then(|| Part::List {
        is_numbered,
        items: vec![read(text)],
    })
}

fn read(text: &str) -> Vec<Span> {
    spans(inlines(text, &Names::default()))
}

/// Groups what is between two marks of strong text. A mark without another one is text.
fn spans(inlines: Vec<Inline>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut strong: Option<Vec<Inline>> = None;
    for inline in inlines {
        let Inline::Text(text) = inline else {
            push(&mut spans, &mut strong, inline);
            continue;
        };
        for (place, piece) in text.split(STRONG).enumerate() {
            if place > 0 {
                strong = match strong.take() {
                    Some(inlines) if inlines.is_empty() => {
                        let marks = [STRONG, STRONG].concat();
                        spans.push(Span::Plain(Inline::Text(marks)));
                        None
                    }
                    Some(inlines) => {
                        spans.push(Span::Strong(inlines));
                        None
                    }
                    None => Some(Vec::new()),
                };
            }
            if !piece.is_empty() {
                push(&mut spans, &mut strong, Inline::Text(piece.to_owned()));
            }
        }
    }
    if let Some(inlines) = strong {
        spans.push(Span::Plain(Inline::Text(STRONG.to_owned())));
        spans.extend(inlines.into_iter().map(Span::Plain));
    }
    spans
}

fn push(spans: &mut Vec<Span>, strong: &mut Option<Vec<Inline>>, inline: Inline) {
    match strong {
        Some(inlines) => inlines.push(inline),
        None => spans.push(Span::Plain(inline)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    fn plain(of: &str) -> Vec<Span> {
        vec![Span::Plain(text(of))]
    }

    #[test]
    fn headings_lists_and_paragraphs_are_parts() {
        let read = document(
            "# On call\nAsk first.\n\nThen:\n1. look\n2. wait\n- or\n* not\n#5 stays\n#### deep",
        );
        let list = |is_numbered, items: &[&str]| Part::List {
            is_numbered,
            items: items.iter().map(|item| plain(item)).collect(),
        };
        let heading = |level, of| Part::Heading {
            level,
            text: plain(of),
        };
        assert_eq!(
            read,
            [
                heading(1, "On call"),
                Part::Paragraph(plain("Ask first.")),
                Part::Paragraph(plain("Then:")),
                list(true, &["look", "wait"]),
                list(false, &["or", "not"]),
                Part::Paragraph(plain("#5 stays")),
                heading(3, "deep"),
            ]
        );
        assert_eq!(document(" \n\n"), []);
    }

    #[test]
    fn code_has_no_headings() {
        let read = document("```sh\n# not a heading\n\n- nor a list\n```\n# One");
        assert_eq!(
            read[0],
            Part::Code("# not a heading\n\n- nor a list".into())
        );
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn strong_text_may_have_code_and_links() {
        let strong = |of: &str| spans(inlines(of, &Names::default()));
        assert_eq!(
            strong("a **b `c`** d"),
            [
                Span::Plain(text("a ")),
                Span::Strong(vec![text("b "), Inline::Code("c".into())]),
                Span::Plain(text(" d")),
            ]
        );
        assert_eq!(
            strong("2 ** 3"),
            [
                Span::Plain(text("2 ")),
                Span::Plain(text("**")),
                Span::Plain(text(" 3")),
            ]
        );
        assert_eq!(strong("`**`"), [Span::Plain(Inline::Code("**".into()))]);
        assert_eq!(strong("****"), [Span::Plain(text("****"))]);
    }

    #[test]
    fn there_is_no_html() {
        let read = document("<img src=x onerror=alert(1)>");
        assert_eq!(
            read,
            [Part::Paragraph(plain("<img src=x onerror=alert(1)>"))]
        );
    }
}
