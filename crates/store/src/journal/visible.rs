use access::{Access, Span};
use protocol::Stream;

/// The condition on the rows of one stream that a principal may see: SQL, and the values of its parameters.
#[derive(Debug)]
pub(crate) enum Visible {
    /// An internal stream: none.
    Nothing,
    Everything,
    /// Everyone's or not, and those of channels at these positions.
    Spans {
        is_public: bool,
        spans: Vec<Span>,
    },
}

impl Visible {
    pub(crate) fn of(access: &Access, stream: Stream) -> Self {
        let is_public = access.allows(stream, None, 0);
        if access.sees_all_channels() {
            return match is_public {
                true => Self::Everything,
                false => Self::Nothing,
            };
        }
        let spans = access.spans();
        let of_stream = spans.iter().filter(|span| span.stream == stream);
        let spans: Vec<_> = of_stream.cloned().collect();
        match !is_public && (spans.is_empty() || stream.is_internal()) {
            true => Self::Nothing,
            false => Self::Spans { is_public, spans },
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Three parameters each.
    pub(crate) fn spans(&self) -> &[Span] {
        match self {
            Self::Nothing | Self::Everything => &[],
            Self::Spans { spans, .. } => spans,
        }
    }

    /// The condition; its first parameter has this number.
    pub(crate) fn sql(&self, first: usize) -> String {
        let Self::Spans { is_public, spans } = self else {
            return String::new();
        };
        match (is_public, spans.as_slice()) {
            (_, []) => " AND channel IS NULL".to_owned(),
            (true, spans) => format!(" AND (channel IS NULL OR {})", in_spans(spans, first)),
            // By itself, so that the index of channels serves it.
            (false, [one, others @ ..]) if others.iter().all(|it| it.channel == one.channel) => {
                format!(" AND channel = ${first} AND {}", in_spans(spans, first))
            }
            (false, spans) => format!(" AND {}", in_spans(spans, first)),
        }
    }
}

/// Whether a row lies in one of these, which are not few: as alternatives of one expression more than a thousand would
/// exceed the depth that SQLite accepts.
fn in_spans(spans: &[Span], first: usize) -> String {
    if spans.len() == 1 {
        let (after, until) = (first + 1, first + 2);
        return format!("(channel = ${first} AND seq > ${after} AND seq <= ${until})");
    }
    let numbers = (first..).step_by(3).take(spans.len());
    let values: Vec<_> = numbers
        .map(|n| format!("(${n}, ${}, ${})", n + 1, n + 2))
        .collect();
    format!(
        "EXISTS (SELECT 1 FROM (VALUES {}) AS span \
         WHERE column1 = channel AND column2 < seq AND seq <= column3)",
        values.join(", ")
    )
}

/// Binds the parameters of the condition.
macro_rules! bind_visible {
    ($query:expr, $visible:expr) => {{
        let mut query = $query;
        for span in $visible.spans() {
            query = query
                .bind(&*span.channel)
                .bind($crate::integer::signed(span.after))
                .bind($crate::integer::signed(span.until.unwrap_or(u64::MAX)));
        }
        query
    }};
}
pub(crate) use bind_visible;
