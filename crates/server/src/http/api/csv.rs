//! Comma-separated values: RFC 4180.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use std::fmt::{Display, Write};
use std::io;

/// Some lines.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn add<F: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = F>) {
        let mut separator = "";
        for field in fields {
            self.0.push_str(separator);
            self.field(field.as_ref());
            separator = ",";
        }
        self.0.push_str("\r\n");
    }

    fn field(&mut self, field: &str) {
        if field.contains([',', '"', '\r', '\n']) {
            // Writing to a string cannot fail.
            let _ = write!(self.0, "\"{}\"", field.replace('"', "\"\""));
        } else {
            self.0.push_str(field);
        }
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

/// The same, a piece at a time. An error cuts the response off, so that nobody takes a part for all.
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
    fn what_separates_is_quoted() {
        let mut lines = Lines::default();
        lines.add(["plain", "a,b", "say \"no\"", "two\nlines", ""]);
        let text = "plain,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\r\n";
        assert_eq!(lines.into_bytes(), text);
    }
}
