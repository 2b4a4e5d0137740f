//! The light Markdown of messages of rooms, as a tree: code, quotes, links, mentions. There is no HTML in it, and what is
//! not recognized stays text. The page shows the tree, and the server takes from it whom a text mentions.

mod document;

pub use document::{Part, Span, document};

use crate::Timestamp;

const FENCE: &str = "```";

/// A part of a message that stands for itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Line breaks are in the texts.
    Paragraph(Vec<Inline>),
    /// Lines that begin with `>`, without that.
    Quote(Vec<Inline>),
    /// What is between two lines of three backticks.
    Code(String),
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// What is between two backticks.
    Code(String),
    /// A link that may be followed.
    Link {
        /// What is shown.
        text: String,
        /// Begins with `http://` or `https://`.
        href: String,
    },
    /// A link to a moment of this site.
    Moment {
        /// In milliseconds since the Unix epoch.
        at_ms: f64,
        /// The address.
        href: String,
    },
    /// A known name behind `@`, as it is written.
    Person(String),
    /// A known name behind `#`, as it is written.
    Room(String),
}

/// What a message may name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// Behind `@`. They may have spaces: the longest one counts.
    pub people: &'a [String],
    /// Behind `#`.
    pub rooms: &'a [String],
    /// The address of the dashboard, with a slash at its end.
    pub site: &'a str,
}

/// Reads a message.
pub fn blocks(text: &str, names: &Names<'_>) -> Vec<Block> {
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

/// Whom a text mentions of these people: places in the list, each once.
pub fn mentioned(text: &str, people: &[String]) -> Vec<usize> {
    let names = Names {
        people,
        ..Names::default()
    };
    let inlines = blocks(text, &names)
        .into_iter()
        .flat_map(|block| match block {
            Block::Paragraph(inlines) | Block::Quote(inlines) => inlines,
            Block::Code(_) => Vec::new(),
        });
    let mut mentioned = Vec::new();
    for inline in inlines {
        if let Inline::Person(written) = inline {
            let is_same = |name: &String| length_of(&written, name) == Some(written.len());
            let place = people.iter().position(is_same);
            mentioned.extend(place.filter(|place| !mentioned.contains(place)));
        }
    }
    mentioned
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
        let is_word_start = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '@');
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
    let lengths = names.iter().filter_map(|name| length_of(text, name));
    let longest = lengths.filter(|length| !goes_on(&text[*length..])).max()?;
    (longest > 0).then(|| &text[..longest])
}

/// How many bytes of a text are a name, whatever its case; none if it begins otherwise.
fn length_of(text: &str, name: &str) -> Option<usize> {
    let mut wanted = name.chars().flat_map(char::to_lowercase).peekable();
    for (at, letter) in text.char_indices() {
        if wanted.peek().is_none() {
            return Some(at);
        }
        if !letter.to_lowercase().all(|it| wanted.next() == Some(it)) {
            return None;
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

/// Whether what follows a name is a part of the same word, as in `bo.b` or `bo@example.org`, but not as at the end of a
/// sentence.
fn goes_on(rest: &str) -> bool {
    let word = rest.trim_start_matches(['.', '-', '@']);
    rest.starts_with('_') || word.starts_with(|c: char| c.is_alphanumeric() || c == '_')
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
    fn the_server_finds_the_same_mentions() {
        let people = ["ada", "Bo.b", "a@example.org", "Ann B", "Ann", "Zoë"].map(str::to_owned);
        let mentions = |text: &str| {
            let mentioned = mentioned(text, &people);
            let names: Vec<&str> = mentioned.iter().map(|place| &*people[*place]).collect();
            names.join(", ")
        };
        assert_eq!(mentions("@ada and @bo.b. @ADA?"), "ada, Bo.b");
        assert_eq!(mentions("(@ada), @ZOË's"), "ada, Zoë");
        assert_eq!(mentions("@a@example.org!"), "a@example.org");
        assert_eq!(mentions("@ann b, look"), "Ann B", "the longest name");
        assert_eq!(mentions("@Ann Bo and @ann."), "Ann");
        assert_eq!(mentions("> @ada said\n@Ann B: no"), "ada, Ann B");
        assert_eq!(mentions("mail x@ada, @cy, @, @@ada, @ada-lab, @ada_x"), "");
        assert_eq!(mentions("`@ada` and\n```\n@ada\n```\nhttp://x.y/@ada"), "");
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
