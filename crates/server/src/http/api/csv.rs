//! Comma-separated values: RFC 4180.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use protocol::push_csv_cell;
use std::fmt::Display;
use std::io;

/// Lines of CSV.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn add<F: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = F>) {
        let mut separator = "";
        for field in fields {
            self.0.push_str(separator);
            push_csv_cell(&mut self.0, field.as_ref());
            separator = ",";
        }
        self.0.push_str("\r\n");
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.0.into()
    }
}

/// A field; empty for nothing.
pub(super) fn optional(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A file of that name.
pub(super) fn response(name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, &disposition),
    ];
    (headers, body).into_response()
}

/// The same, streamed. An error aborts the response, so that it is not taken for complete.
pub(super) fn streamed(
    name: &str,
    pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Response {
    response(name, Body::from_stream(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_never_a_formula() {
        let mut lines = Lines::default();
        lines.add(["plain", "a,b", "=1+1", "-1.5", ""]);
        let text = "plain,\"a,b\",\"'=1+1\",-1.5,\r\n";
        assert_eq!(lines.into_bytes(), text);
    }
}
