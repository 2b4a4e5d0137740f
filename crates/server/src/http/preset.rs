use protocol::{Stream, StreamOptions, Subscribe, UnknownStream};
use std::collections::BTreeMap;

/// Streams that a path switches on by itself, for clients that send nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preset(pub(crate) &'static [Stream]);

impl Preset {
    /// The streams of the path, or those of `?streams=a,b`, none with `?streams=`; each starts with its
    /// newest message. Absent where neither says anything.
    pub(crate) fn subscribe(self, query: Option<&str>) -> Result<Option<Subscribe>, UnknownStream> {
        let named = query_value(query, "streams");
        if named.is_none() && self.0.is_empty() {
            return Ok(None);
        }
        let streams = match named.as_deref() {
            None => self.0.to_vec(),
            Some("") => Vec::new(),
            Some(names) => names.split(',').map(str::parse).collect::<Result<_, _>>()?,
        };
        let newest = StreamOptions {
            last: Some(1),
            ..StreamOptions::default()
        };
        let streams: BTreeMap<_, _> = streams
            .into_iter()
            .map(|stream| (stream, newest.clone()))
            .collect();
        Ok(Some(Subscribe {
            streams,
            ..Subscribe::default()
        }))
    }
}

/// The value of a query's parameter. No value that is asked for here needs escapes, but a colon or
/// a comma may come as one.
pub(crate) fn query_value(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(
        value
            .replace("%3A", ":")
            .replace("%3a", ":")
            .replace("%2C", ",")
            .replace("%2c", ","),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_replaces_the_preset() {
        let streams = |query| {
            let subscribe = Preset(&[Stream::Metrics]).subscribe(query);
            subscribe.map(|it| it.map(|it| it.streams.into_keys().collect::<Vec<_>>()))
        };
        assert_eq!(streams(None), Ok(Some(vec![Stream::Metrics])));
        assert_eq!(streams(Some("x=1")), Ok(Some(vec![Stream::Metrics])));
        let both = Ok(Some(vec![Stream::Events, Stream::Data]));
        assert_eq!(streams(Some("streams=data,events")), both);
        assert_eq!(streams(Some("x=1&streams=data%2Cevents")), both);
        assert_eq!(streams(Some("streams=weather")), Err(UnknownStream));
        assert_eq!(streams(Some("streams=logs,")), Err(UnknownStream));
        assert_eq!(streams(Some("streams=")), Ok(Some(Vec::new())));
        assert_eq!(Preset(&[]).subscribe(Some("x=1")), Ok(None));
    }
}
