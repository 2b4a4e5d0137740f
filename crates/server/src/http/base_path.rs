use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The path below which everything is served; empty for the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct BasePath(String);

impl BasePath {
    /// As in `/watch`, which its setting has checked.
    pub(crate) fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it would be without the base path; `None` if it is not below it.
    pub(super) fn strip(&self, uri: &Uri) -> Option<Uri> {
        if self.0.is_empty() {
            return Some(uri.clone());
        }
        let whole = uri.path_and_query()?.as_str();
        let rest = whole.strip_prefix(&self.0)?;
        let rest = match rest.bytes().next() {
            Some(b'/') => rest.to_owned(),
            None | Some(b'?') => format!("/{rest}"),
            // A longer name, as in `/watching`.
            Some(_) => return None,
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(rest.parse::<PathAndQuery>().ok()?);
        Uri::from_parts(parts).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base_path: &str, uri: &str, expected: Option<&str>) {
        let stripped = BasePath::new(base_path).strip(&uri.parse().unwrap());
        let stripped = stripped.map(|it| it.to_string());
        assert_eq!(stripped.as_deref(), expected, "{uri} below {base_path:?}");
    }

    #[test]
    fn only_what_is_below_it_is_served() {
        check("", "/ws?streams=data", Some("/ws?streams=data"));
        check("/watch", "/watch", Some("/"));
        check("/watch", "/watch/", Some("/"));
        check("/watch", "/watch?host=demo", Some("/?host=demo"));
        check("/watch", "/watch/api/v1/at?at=1", Some("/api/v1/at?at=1"));
        check("/a/b", "/a/b/ws", Some("/ws"));
        for other in ["/", "/ws", "/watching", "/Watch/", "/%77atch/", "*"] {
            check("/watch", other, None);
        }
    }
}
