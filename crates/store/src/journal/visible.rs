use access::{Access, Span};
use protocol::Stream;

/// The condition on the rows of one stream that a principal may see: SQL, and the values of its parameters.
#[derive(Debug)]
pub(crate) enum Visible {
    /// An internal stream: none.
    Nothing,
    Everything,
    /// Everyone's, and those of a channel at these positions.
    Spans(Vec<Span>),
}

impl Visible {
    pub(crate) fn of(access: &Access, stream: Stream) -> Self {
        if !access.allows(stream, None, 0) {
            return Self::Nothing;
        }
        if access.sees_all_channels() {
            return Self::Everything;
        }
        let spans = access.spans();
        let of_stream = spans.iter().filter(|span| span.stream == stream);
        Self::Spans(of_stream.cloned().collect())
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Three parameters each.
    pub(crate) fn spans(&self) -> &[Span] {
        match self {
            Self::Nothing | Self::Everything => &[],
            Self::Spans(spans) => spans,
        }
    }

    /// The condition; its first parameter has this number.
    pub(crate) fn sql(&self, first: usize) -> String {
        let Self::Spans(spans) = self else {
            return String::new();
        };
        let mut sql = " AND (channel IS NULL".to_owned();
        for n in (first..).step_by(3).take(spans.len()) {
            let (after, until) = (n + 1, n + 2);
            sql += &format!(" OR (channel = ${n} AND seq > ${after} AND seq <= ${until})");
        }
        sql + ")"
    }
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
