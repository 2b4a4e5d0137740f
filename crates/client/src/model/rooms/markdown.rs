//! The light Markdown of messages, as a tree: code, quotes, links, mentions. There is no HTML in it, and what is not
//! recognized stays text.

use protocol::Timestamp;

const FENCE: &str = "```";

/// A part of a message that stands for itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// Line breaks are in the texts.
    Paragraph(Vec<Inline>),
    Quote(Vec<Inline>),
    Code(String),
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Inline {
    Text(String),
    Code(String),
    /// To `href`, which begins with `http://` or `https://`.
    Link {
        text: String,
        href: String,
    },
    /// A link to a moment of this site.
    Moment {
        at_ms: f64,
        href: String,
    },
    /// A known name behind `@`.
    Person(String),
    /// A known name behind `#`.
    Room(String),
}

/// What a message may name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    pub(crate) people: &'a [String],
    pub(crate) rooms: &'a [String],
    /// The address of the dashboard, with a slash at its end.
    pub(crate) site: &'a str,
}

/// Reads a message.
pub(crate) fn blocks(text: &str, names: &Names<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    let mut quote = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.trim_start().strip_prefix(FENCE)
            && !info.contains('`')
        {
            flush(&mut blocks, &mut paragraph, &mut quote, names);
            blocks.push(Block::Code(code(&mut lines)));
        } else if let Some(quoted) = line.strip_prefix('>') {
            if !paragraph.is_empty() {
                flush(&mut blocks, &mut paragraph, &mut quote, names);
            }
            push_line(&mut quote, quoted.strip_prefix(' ').unwrap_or(quoted));
        } else {
            if !quote.is_empty() {
                flush(&mut blocks, &mut paragraph, &mut quote, names);
            }
            push_line(&mut paragraph, line);
        }
    }
    flush(&mut blocks, &mut paragraph, &mut quote, names);
    blocks
}

/// The lines up to the end of the fence, or of the message.
fn code(lines: &mut std::str::Lines<'_>) -> String {
    let mut code = String::new();
    for line in lines.by_ref() {
        if line.trim() == FENCE {
            break;
        }
        push_line(&mut code, line);
    }
    code
}

fn push_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

fn flush(blocks: &mut Vec<Block>, paragraph: &mut String, quote: &mut String, names: &Names<'_>) {
    for (text, make) in [
        (paragraph, Block::Paragraph as fn(_) -> _),
        (quote, Block::Quote as fn(_) -> _),
    ] {
        let content = std::mem::take(text);
        let content = content.trim_matches('\n');
        if !content.is_empty() {
            blocks.push(make(inlines(content, names)));
        }
    }
}

/// Reads what is within a paragraph.
fn inlines(text: &str, names: &Names<'_>) -> Vec<Inline> {
    let mut found = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let is_word_start = !text[..at].ends_with(char::is_alphanumeric);
        match token(rest, is_word_start, names) {
            Some((inline, length)) => {
                push_text(&mut found, &text[plain..at]);
                found.push(inline);
                at += length;
                plain = at;
            }
            None => at += next.len_utf8(),
        }
    }
    push_text(&mut found, &text[plain..]);
    found
}

fn push_text(found: &mut Vec<Inline>, text: &str) {
    if !text.is_empty() {
        found.push(Inline::Text(text.to_owned()));
    }
}

/// What a text begins with, and its length in bytes; none if that is plain text.
fn token(rest: &str, is_word_start: bool, names: &Names<'_>) -> Option<(Inline, usize)> {
    if let Some(code) = rest.strip_prefix('`') {
        let end = code.find('`').filter(|end| *end > 0)?;
        return Some((Inline::Code(code[..end].to_owned()), end + 2));
    }
    if let Some(labelled) = rest.strip_prefix('[') {
        let (text, target) = labelled.split_once("](")?;
        let (href, _) = target.split_once(')')?;
        let is_link = is_address(href) && !href.contains(char::is_whitespace);
        let has_text = !text.is_empty() && !text.contains(['[', ']', '\n']);
        let length = text.len() + href.len() + "[](".len() + 1;
        return (is_link && has_text).then(|| (link(text, href, names.site), length));
    }
    if !is_word_start {
        return None;
    }
    if is_address(rest) {
        let href = address(rest);
        return Some((link(href, href, names.site), href.len()));
    }
    if let Some(named) = rest.strip_prefix('@') {
        let name = begins_with_name(named, names.people)?;
        return Some((Inline::Person(name.to_owned()), name.len() + 1));
    }
    let name = begins_with_name(rest.strip_prefix('#')?, names.rooms)?;
    Some((Inline::Room(name.to_owned()), name.len() + 1))
}

/// The longest of the names that a text begins with, whatever its case, as it is written there.
fn begins_with_name<'a>(text: &'a str, names: &[String]) -> Option<&'a str> {
    let mut longest: Option<&str> = None;
    for name in names {
        let Some(begin) = text.get(..name.len()) else {
            continue;
        };
        let goes_on = text[name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_longer = longest.is_none_or(|longest| longest.len() < name.len());
        if is_longer && !goes_on && !name.is_empty() && begin.eq_ignore_ascii_case(name) {
            longest = Some(begin);
        }
    }
    longest
}

/// Whether a text begins with an address that may be followed: no `javascript:`, no `data:`.
fn is_address(text: &str) -> bool {
    let host = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    host.is_some_and(|host| host.starts_with(char::is_alphanumeric) || host.starts_with('['))
}

/// An address up to its end, without punctuation that belongs to the sentence.
fn address(rest: &str) -> &str {
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`'));
    let mut address = &rest[..end.unwrap_or(rest.len())];
    loop {
        let shorter = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*']);
        let shorter = match shorter.strip_suffix(')') {
            // One that was opened within the address belongs to it.
            Some(inner) if inner.matches('(').count() <= inner.matches(')').count() => inner,
            _ => shorter,
        };
        if shorter.len() == address.len() {
            return address;
        }
        address = shorter;
    }
}

fn link(text: &str, href: &str, site: &str) -> Inline {
    match moment(href, site) {
        Some(at_ms) => Inline::Moment {
            at_ms,
            href: href.to_owned(),
        },
        None => Inline::Link {
            text: text.to_owned(),
            href: href.to_owned(),
        },
    }
}

/// The moment that an address of this site's dashboard names.
fn moment(href: &str, site: &str) -> Option<f64> {
    let query = href.strip_prefix(site)?.strip_prefix('?')?;
    let mut parameters = query.split('&');
    let at = parameters.find_map(|parameter| parameter.strip_prefix("at="))?;
    let at = at.replace("%3A", ":").replace("%3a", ":");
    let at: Timestamp = at.parse().ok()?;
    Some(at.unix_ms() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://watch.example.org/ops/";

    fn text(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    fn code(text: &str) -> Inline {
        Inline::Code(text.into())
    }

    fn link(href: &str) -> Inline {
        Inline::Link {
            text: href.into(),
            href: href.into(),
        }
    }

    fn check(message: &str, expected: &[Inline]) {
        let expected = [Block::Paragraph(expected.to_vec())];
        assert_eq!(read(message), expected, "{message}");
    }

    fn read(message: &str) -> Vec<Block> {
        let names = Names {
            people: &["anna".into(), "Anna Lee".into()],
            rooms: &["web-2".into(), "War room".into()],
            site: SITE,
        };
        blocks(message, &names)
    }

    #[test]
    fn code_is_not_read_further() {
        check(
            "run `curl http://x @all`, now",
            &[text("run "), code("curl http://x @all"), text(", now")],
        );
        check("a ` alone", &[text("a ` alone")]);
        check("``", &[text("``")]);
        assert_eq!(
            read("see\n```sh\n# > no quote\n\nls\n```\ndone"),
            [
                Block::Paragraph(vec![text("see")]),
                Block::Code("# > no quote\n\nls".into()),
                Block::Paragraph(vec![text("done")]),
            ]
        );
        assert_eq!(read("```\nopen"), [Block::Code("open".into())]);
    }

    #[test]
    fn quotes_are_blocks() {
        assert_eq!(
            read("> one\n>two\nthree\n> four"),
            [
                Block::Quote(vec![text("one\ntwo")]),
                Block::Paragraph(vec![text("three")]),
                Block::Quote(vec![text("four")]),
            ]
        );
        assert_eq!(read("a > b"), [Block::Paragraph(vec![text("a > b")])]);
    }

    #[test]
    fn links_lead_to_the_web_only() {
        check(
            "(see https://example.org/a_(b)?c=d).",
            &[
                text("(see "),
                link("https://example.org/a_(b)?c=d"),
                text(")."),
            ],
        );
        check(
            "[notes](https://example.org)",
            &[Inline::Link {
                text: "notes".into(),
                href: "https://example.org".into(),
            }],
        );
        for plain in [
            "javascript:alert(1)",
            "[x](javascript:alert(1))",
            "[x](data:text/html,y)",
            "[x](//example.org)",
            "xhttps://example.org",
            "https://",
            "<img src=x onerror=alert(1)>",
        ] {
            check(plain, &[text(plain)]);
        }
    }

    #[test]
    fn a_link_to_a_moment_is_one_of_this_site() {
        let href = "https://watch.example.org/ops/?host=web-1&at=2026-01-15T10%3A30%3A00.500Z";
        let at_ms = 1_768_473_000_500.0;
        check(
            href,
            &[Inline::Moment {
                at_ms,
                href: href.into(),
            }],
        );
        for other in [
            "https://other.example.org/ops/?at=2026-01-15T10:30:00Z",
            "https://watch.example.org/ops/alerts?at=2026-01-15T10:30:00Z",
            "https://watch.example.org/ops/?at=yesterday",
        ] {
            check(other, &[link(other)]);
        }
    }

    #[test]
    fn known_people_and_rooms_are_named() {
        check(
            "@Anna, look at #web-2, #war room. @anna lee? Not a@anna, @annabel, @bo or #",
            &[
                Inline::Person("Anna".into()),
                text(", look at "),
                Inline::Room("web-2".into()),
                text(", "),
                Inline::Room("war room".into()),
                text(". "),
                Inline::Person("anna lee".into()),
                text("? Not a@anna, @annabel, @bo or #"),
            ],
        );
    }

    #[test]
    fn no_text_is_lost() {
        for message in ["ä`ö`ü@", "[a](b", "#ünïcode!", "``` `", "🙂https://x.y🙂"] {
            let mut length = 0;
            for block in read(message) {
                match block {
                    Block::Paragraph(inlines) | Block::Quote(inlines) => {
                        for inline in inlines {
                            length += match inline {
                                Inline::Text(text) => text.len(),
                                Inline::Code(text) => text.len() + 2,
                                Inline::Link { text, .. } => text.len(),
                                Inline::Moment { href, .. } => href.len(),
                                Inline::Person(name) | Inline::Room(name) => name.len() + 1,
                            };
                        }
                    }
                    Block::Code(code) => length += code.len(),
                }
            }
            assert_eq!(length, message.len(), "{message}");
        }
    }
}
