//! A parser of `text/event-stream`, as in browsers.

use std::collections::VecDeque;

/// An item of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Event(Event),
    /// The delay before reconnecting.
    RetryMs(u64),
    Comment(String),
}

/// An event as it is dispatched to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
    /// The `id` of this event, or the last one before it.
    pub(crate) last_event_id: String,
    /// Whether it is of this event.
    pub(crate) has_id: bool,
}

/// HTML Living Standard, section 9.2.6 "Interpreting an event stream".
#[derive(Debug, Default)]
pub(crate) struct EventStream {
    line: Vec<u8>,
    /// A following line feed belongs to the same line end.
    after_return: bool,
    begun: bool,
    data: String,
    name: String,
    id: String,
    has_id: bool,
}

impl EventStream {
    /// Parses more bytes; lines and events may be split anywhere.
    pub(crate) fn feed(&mut self, bytes: &[u8], items: &mut VecDeque<Item>) {
        for &byte in bytes {
            let ends_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if ends_return => {}
                b'\n' | b'\r' => items.extend(self.end_line()),
                _ => self.line.push(byte),
            }
        }
    }

    fn end_line(&mut self) -> Option<Item> {
        // The standard replaces invalid UTF-8, which the server must not send.
        let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
        let is_first = !std::mem::replace(&mut self.begun, true);
        let line = line
            .strip_prefix('\u{feff}')
            .filter(|_| is_first)
            .unwrap_or(&line);
        if line.is_empty() {
            return self.dispatch().map(Item::Event);
        }
        if let Some(comment) = line.strip_prefix(':') {
            return Some(Item::Comment(comment.into()));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.into(),
            "data" => self.data += &format!("{value}\n"),
            "id" if !value.contains('\0') => {
                self.id = value.into();
                self.has_id = true;
            }
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                return value.parse().ok().map(Item::RetryMs);
            }
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        let (name, data) = (
            std::mem::take(&mut self.name),
            std::mem::take(&mut self.data),
        );
        let has_id = std::mem::take(&mut self.has_id);
        let data = data.strip_suffix('\n')?;
        Some(Event {
            name: if name.is_empty() {
                "message".into()
            } else {
                name
            },
            data: data.into(),
            last_event_id: self.id.clone(),
            has_id,
        })
    }
}

/// Takes the next chunk (RFC 9112 section 7.1) if it is whole; the last is empty.
pub(crate) fn next_chunk(unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    const LINE_END: &[u8] = b"\r\n";
    let size_end = unread.windows(2).position(|it| it == LINE_END)?;
    let size = std::str::from_utf8(&unread[..size_end]).unwrap();
    let start = size_end + LINE_END.len();
    let end = start + usize::from_str_radix(size, 16).unwrap();
    let line_end = unread.get(end..end + LINE_END.len())?;
    assert_eq!(line_end, LINE_END, "a chunk ends as it should");
    let chunk = unread[start..end].to_vec();
    unread.drain(..end + LINE_END.len());
    Some(chunk)
}

/// The examples and rules of the standard.
#[test]
fn a_stream_is_read_as_the_standard_says() {
    let event = |name: &str, data: &str, last_event_id: &str, has_id| {
        Item::Event(Event {
            name: name.into(),
            data: data.into(),
            last_event_id: last_event_id.into(),
            has_id,
        })
    };
    let comment = |text: &str| Item::Comment(text.into());
    let table = [
        (
            "data: YHOO\ndata: +2\ndata: 10\n\n",
            vec![event("message", "YHOO\n+2\n10", "", false)],
        ),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
            vec![
                comment(" test stream"),
                event("message", "first event", "1", true),
                event("message", "second event", "", true),
            ],
        ),
        (
            "data\n\ndata\ndata\n\ndata:",
            vec![
                event("message", "", "", false),
                event("message", "\n", "", false),
            ],
        ),
        (
            "event: x\r\nid: 7\r\ndata: a:b\r\n\r\n",
            vec![event("x", "a:b", "7", true)],
        ),
        (
            "\u{feff}id: 1\revent: x\r\rdata\r\r",
            vec![event("message", "", "1", false)],
        ),
        (
            "id: a\0b\nretry: 1s\nretry: 20\nother: x\ndata:y\n\n",
            vec![Item::RetryMs(20), event("message", "y", "", false)],
        ),
    ];
    for (text, expected) in table {
        for piece in 1..=text.len() {
            let (mut stream, mut items) = (EventStream::default(), VecDeque::new());
            for bytes in text.as_bytes().chunks(piece) {
                stream.feed(bytes, &mut items);
            }
            assert_eq!(items, expected, "{text:?} in pieces of {piece}");
        }
    }
}
