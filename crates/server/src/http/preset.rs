use protocol::{OwnHost, Stream, StreamOptions, Subscribe, UnknownStream};

/// The streams that a path subscribes to, for clients that send nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preset(pub(crate) &'static [Stream]);

/// An invalid parameter of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidPreset {
    #[error("`streams`: {0}")]
    Stream(#[from] UnknownStream),
    #[error(
        "`host`: a host's name is 1 to 100 letters and digits of ASCII, dots, hyphens and underscores"
    )]
    Host,
}

impl Preset {
    /// The streams of the path, or those of `?streams=a,b`, none with `?streams=`; each starts with its
    /// newest message. `None` without either. With `?host=NAME`, streams that are about a host have the
    /// messages about that one.
    pub(crate) fn subscribe(self, query: Option<&str>) -> Result<Option<Subscribe>, InvalidPreset> {
        let host = query_value(query, "host");
        if host.as_deref().is_some_and(|host| !OwnHost::is_name(host)) {
            return Err(InvalidPreset::Host);
        }
        let named = query_value(query, "streams");
        if named.is_none() && self.0.is_empty() {
            return Ok(None);
        }
        let streams = match named.as_deref() {
            None => self.0.to_vec(),
            Some("") => Vec::new(),
            Some(names) => names.split(',').map(str::parse).collect::<Result<_, _>>()?,
        };
        let newest = |stream: Stream| StreamOptions {
            last: Some(1),
            hosts: host
                .clone()
                .filter(|_| stream.is_about_a_host())
                .map(|host| vec![host]),
            ..StreamOptions::default()
        };
        let streams = streams.into_iter().map(|stream| (stream, newest(stream)));
        let streams = protocol::sorted_streams(streams);
        Ok(Some(Subscribe {
            streams,
            ..Subscribe::default()
        }))
    }
}

/// The value of a query's parameter. These values need no escapes, but colons and commas may be escaped.
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
            subscribe.map(|it| {
                it.map(|it| {
                    it.streams
                        .into_iter()
                        .map(|(stream, _)| stream)
                        .collect::<Vec<_>>()
                })
            })
        };
        assert_eq!(streams(None), Ok(Some(vec![Stream::Metrics])));
        assert_eq!(streams(Some("x=1")), Ok(Some(vec![Stream::Metrics])));
        let both = Ok(Some(vec![Stream::Events, Stream::Data]));
        assert_eq!(streams(Some("streams=data,events")), both);
        assert_eq!(streams(Some("x=1&streams=data%2Cevents")), both);
        let unknown = Err(InvalidPreset::Stream(UnknownStream));
        assert_eq!(streams(Some("streams=weather")), unknown);
        assert_eq!(streams(Some("streams=logs,")), unknown);
        assert_eq!(streams(Some("streams=")), Ok(Some(Vec::new())));
        assert_eq!(Preset(&[]).subscribe(Some("x=1")), Ok(None));
    }

    #[test]
    fn a_host_is_named_for_the_streams_that_are_about_one() {
        let preset = Preset(&[Stream::Metrics, Stream::Events]);
        let subscribe = preset.subscribe(Some("host=web-2")).unwrap().unwrap();
        let hosts = subscribe
            .streams
            .into_iter()
            .map(|(_, options)| options.hosts);
        assert_eq!(
            hosts.collect::<Vec<_>>(),
            [Some(vec!["web-2".to_owned()]), None]
        );
        for query in ["host=", "host=a%20b", "host=*"] {
            assert_eq!(
                preset.subscribe(Some(query)),
                Err(InvalidPreset::Host),
                "{query}"
            );
        }
    }
}
