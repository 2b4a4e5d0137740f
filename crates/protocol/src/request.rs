use crate::people::{PLACE_BYTES_MAX, is_person_name, is_time_range};
use crate::server_message::to_json;
use crate::{
    ClientMessage, Error, ErrorCode, INTERVAL_MS_RANGE, LAST_MAX, PERSON_NAME_CHARS_MAX, SeriesKey,
    SetPresence, envelope, is_channel_name, is_disruptive,
};
use serde::Deserialize;

/// The longest identifier a request may carry, in bytes.
const CORRELATION_ID_BYTES_MAX: usize = 128;

/// The most entries of one filter.
const FILTER_ENTRIES_MAX: usize = 100;

/// The longest entry in bytes: no message has longer texts to compare it with.
const FILTER_ENTRY_BYTES_MAX: usize = SeriesKey::TEXT_BYTES_MAX;

/// The most channels of one subscription: each is looked up by itself.
const CHANNELS_MAX: usize = 100;

/// A message from a viewer, with the identifier that its response repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Chosen by the viewer.
    pub correlation_id: Option<String>,
    /// The message.
    pub message: ClientMessage,
}

/// Why a text is not a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidRequest {
    code: ErrorCode,
    message: String,
    correlation_id: Option<String>,
}

impl InvalidRequest {
    /// The error message for the viewer.
    pub fn into_error(self) -> Error {
        let Self {
            code,
            message,
            correlation_id,
        } = self;
        Error {
            code,
            message,
            correlation_id,
        }
    }
}

impl Request {
    /// The types of [`ClientMessage`].
    pub const TYPES: [&str; 8] = [
        "subscribe",
        "unsubscribe",
        "set_interval",
        "request_metrics",
        "ping",
        "pong",
        "presence",
        "typing",
    ];

    /// Parses a request and checks all limits.
    pub fn parse(text: &str) -> Result<Self, InvalidRequest> {
        Self::read(text, |_, text| serde_json::from_str(text))
    }

    /// Parses a request whose members are in an envelope's `data`, and checks all limits.
    pub fn parse_enveloped(text: &str) -> Result<Self, InvalidRequest> {
        Self::read(text, envelope::parse)
    }

    fn read(
        text: &str,
        read_message: fn(&str, &str) -> Result<ClientMessage, serde_json::Error>,
    ) -> Result<Self, InvalidRequest> {
        #[derive(Deserialize)]
        struct Head {
            r#type: Option<String>,
            correlation_id: Option<String>,
        }

        let invalid = |correlation_id, message| InvalidRequest {
            code: ErrorCode::InvalidMessage,
            message,
            correlation_id,
        };
        let Head {
            r#type,
            correlation_id,
        } = serde_json::from_str(text)
            .map_err(|error| invalid(None, format!("not a message: {error}")))?;
        if correlation_id
            .as_ref()
            .is_some_and(|id| id.len() > CORRELATION_ID_BYTES_MAX)
        {
            let limit = format!("`correlation_id` is longer than {CORRELATION_ID_BYTES_MAX} bytes");
            return Err(invalid(None, limit));
        }
        let message_type = match r#type {
            None => return Err(invalid(correlation_id, "`type` is missing".into())),
            Some(name) if !Self::TYPES.contains(&name.as_str()) => {
                let shown: String = name.chars().take(40).collect();
                return Err(invalid(correlation_id, format!("unknown type {shown:?}")));
            }
            Some(name) => name,
        };
        let message = read_message(&message_type, text)
            .map_err(|error| invalid(correlation_id.clone(), error.to_string()))?;
        if let Err(limit) = check_limits(&message) {
            return Err(InvalidRequest {
                code: ErrorCode::OutOfRange,
                message: limit,
                correlation_id,
            });
        }
        Ok(Self {
            correlation_id,
            message,
        })
    }

    /// The request as JSON.
    pub fn to_json(&self) -> String {
        let mut json = to_json(&self.message);
        if let Some(id) = &self.correlation_id {
            // Inserted into the object, since serde's flattening is much more code for the browser to load.
            json.pop();
            json.push_str(",\"correlation_id\":");
            json.push_str(&to_json(id));
            json.push('}');
        }
        json
    }
}

impl From<ClientMessage> for Request {
    fn from(message: ClientMessage) -> Self {
        Self {
            correlation_id: None,
            message,
        }
    }
}

fn check_limits(message: &ClientMessage) -> Result<(), String> {
    match message {
        ClientMessage::Subscribe(subscribe) => {
            for (stream, options) in &subscribe.streams {
                if options.last.is_some_and(|last| last > LAST_MAX) {
                    return Err(format!("`last` of {stream} is more than {LAST_MAX}"));
                }
                check_interval(options.interval_ms.unwrap_or(0))?;
                let lists = [
                    &options.sources,
                    &options.labels,
                    &options.hosts,
                    &options.channels,
                ];
                let longest = lists
                    .into_iter()
                    .flatten()
                    .map(Vec::len)
                    .chain(options.levels.as_ref().map(Vec::len))
                    .max();
                if longest.is_some_and(|entries| entries > FILTER_ENTRIES_MAX) {
                    return Err(format!(
                        "a filter of {stream} has more than {FILTER_ENTRIES_MAX} entries"
                    ));
                }
                let mut texts = lists.into_iter().flatten().flatten();
                if texts.any(|text| text.len() > FILTER_ENTRY_BYTES_MAX) {
                    return Err(format!(
                        "an entry of a filter of {stream} has more than {FILTER_ENTRY_BYTES_MAX} bytes"
                    ));
                }
                let mut channels = options.channels.iter().flatten();
                if !channels.all(|channel| is_channel_name(channel)) {
                    return Err(format!("no channel of {stream} can have such a name"));
                }
            }
            let channels = subscribe.streams.iter().flat_map(|(_, it)| &it.channels);
            if channels.map(Vec::len).sum::<usize>() > CHANNELS_MAX {
                return Err(format!("there are more than {CHANNELS_MAX} channels"));
            }
            if subscribe.after.is_some() && subscribe.epoch.is_none() {
                return Err("`after` needs the `epoch` it belongs to".into());
            }
            Ok(())
        }
        ClientMessage::SetInterval(set) => check_interval(set.interval_ms),
        ClientMessage::Presence(presence) => check_presence(presence),
        ClientMessage::Typing(typing) => match is_channel_name(&typing.room) {
            true => Ok(()),
            false => Err("no room can have such an id".into()),
        },
        ClientMessage::Unsubscribe(_)
        | ClientMessage::RequestMetrics(_)
        | ClientMessage::Ping(_)
        | ClientMessage::Pong => Ok(()),
    }
}

fn check_presence(presence: &SetPresence) -> Result<(), String> {
    let name = presence.name.as_deref();
    if name.is_some_and(|name| !is_person_name(name)) {
        return Err(format!(
            "`name` has 1 to {PERSON_NAME_CHARS_MAX} characters, and no spaces at its ends"
        ));
    }
    let Some(place) = &presence.place else {
        return Ok(());
    };
    let texts = [Some(&place.page), place.range.as_ref()];
    let is_place =
        |text: &String| text.len() <= PLACE_BYTES_MAX && !text.chars().any(is_disruptive);
    if !texts.into_iter().flatten().all(is_place) {
        return Err(format!(
            "`page` and `range` have at most {PLACE_BYTES_MAX} bytes, and no control characters"
        ));
    }
    if place.range.as_deref().is_some_and(|it| !is_time_range(it)) {
        return Err("`range` is a range of time, such as `now-5m` or \
             `2026-01-15T03:00:00Z/2026-01-15T04:00:00Z`"
            .into());
    }
    // Others make links of it: `//host` would lead to another server.
    match place.page.starts_with('/') && !place.page.starts_with("//") && !place.page.contains('\\')
    {
        true => Ok(()),
        false => Err("`page` is a path of this server, such as `/hosts/web-1`".into()),
    }
}

fn check_interval(interval_ms: u64) -> Result<(), String> {
    if interval_ms == 0 || INTERVAL_MS_RANGE.contains(&interval_ms) {
        return Ok(());
    }
    let (min, max) = INTERVAL_MS_RANGE.into_inner();
    Err(format!(
        "`interval_ms` is {interval_ms}; 0 or {min} to {max} is accepted"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ping;

    fn rejection(text: &str) -> (ErrorCode, String) {
        let error = Request::parse(text).unwrap_err().into_error();
        (error.code, error.message)
    }

    #[test]
    fn invalid_requests_are_described() {
        let table = [
            ("", "not a message: EOF"),
            ("[]", "not a message: "),
            ("{}", "`type` is missing"),
            (r#"{"type":"foo"}"#, r#"unknown type "foo""#),
            (r#"{"type":"ping","id":-1}"#, "invalid value"),
            (
                r#"{"type":"subscribe","streams":{"weather":{}}}"#,
                "unknown variant `weather`",
            ),
            (
                r#"{"type":"subscribe","streams":["weather"]}"#,
                "unknown variant `weather`",
            ),
            (
                r#"{"type":"subscribe","streams":"metrics"}"#,
                "invalid type: string \"metrics\", expected an object of streams with their options, \
                 or a list of streams",
            ),
        ];
        for (text, start) in table {
            let (code, message) = rejection(text);
            assert_eq!(code, ErrorCode::InvalidMessage, "{text}");
            assert!(message.starts_with(start), "{text}: {message}");
        }
    }

    #[test]
    fn limits_are_checked() {
        for text in [
            r#"{"type":"subscribe","streams":{"data":{"last":10001}}}"#,
            r#"{"type":"subscribe","streams":{"data":{"interval_ms":99}}}"#,
            r#"{"type":"subscribe","streams":{},"after":3}"#,
            r#"{"type":"set_interval","stream":"data","interval_ms":3600001}"#,
            r#"{"type":"subscribe","streams":{"data":{"channels":["r 7"]}}}"#,
            r#"{"type":"subscribe","streams":{"data":{"channels":[""]}}}"#,
            r#"{"type":"typing","room":"r 7"}"#,
            r#"{"type":"presence","state":"active","name":" Ada"}"#,
            r#"{"type":"presence","state":"active","place":{"page":"/","range":"today","live":true}}"#,
        ] {
            assert_eq!(rejection(text).0, ErrorCode::OutOfRange, "{text}");
        }
        let subscribe = |name: &str, text: &str, count: usize, stream: &str| {
            let entry = format!(r#""{text}""#);
            let entries = vec![entry.as_str(); count].join(",");
            format!(r#""{stream}":{{"{name}":[{entries}]}}"#)
        };
        let parse = |streams: &[String]| {
            let streams = streams.join(",");
            Request::parse(&format!(
                r#"{{"type":"subscribe","streams":{{{streams}}}}}"#
            ))
            .is_ok()
        };
        let (longest, name) = ("x".repeat(512), "r".repeat(100));
        for list in ["hosts", "labels", "sources"] {
            assert!(parse(&[subscribe(list, &longest, 100, "data")]), "{list}");
            let longer = format!("{longest}x");
            assert!(!parse(&[subscribe(list, &longer, 1, "data")]), "{list}");
        }
        let channels = |count, stream| subscribe("channels", &name, count, stream);
        assert!(parse(&[channels(60, "data"), channels(40, "events")]));
        assert!(!parse(&[channels(60, "data"), channels(41, "events")]));
    }

    #[test]
    fn a_list_of_streams_has_default_options() {
        let read = |streams: &str| {
            Request::parse(&format!(r#"{{"type":"subscribe","streams":{streams}}}"#))
        };
        assert_eq!(
            read(r#"["metrics","events"]"#),
            read(r#"{"metrics":{},"events":{}}"#)
        );
        assert_eq!(read(r#"["data","data"]"#), read(r#"{"data":{}}"#));
        assert_eq!(read("[]"), read("{}"));
        assert!(read("{}").is_ok());
    }

    #[test]
    fn additional_members_of_pings_and_pongs_are_ignored() {
        for text in [
            r#"{"type":"ping"}"#,
            r#"{"type":"ping","id":null,"timestamp":1768473000123}"#,
        ] {
            let ping = ClientMessage::Ping(Ping { id: None });
            assert_eq!(Request::parse(text), Ok(ping.into()), "{text}");
        }
        for text in [
            r#"{"type":"pong"}"#,
            r#"{"type":"pong","id":"x","timestamp":1}"#,
        ] {
            let request = Request::parse(text);
            assert_eq!(request, Ok(ClientMessage::Pong.into()), "{text}");
        }
    }

    #[test]
    fn enveloped_requests_are_equal_to_plain_ones() {
        let table = [
            (
                r#"{"type":"subscribe","data":{"streams":["data"]},"correlation_id":"a"}"#,
                r#"{"type":"subscribe","streams":{"data":{}},"correlation_id":"a"}"#,
            ),
            (
                r#"{"type":"unsubscribe","data":{"streams":["data"]}}"#,
                r#"{"type":"unsubscribe","streams":["data"]}"#,
            ),
            (
                r#"{"type":"set_interval","data":{"stream":"data","interval_ms":5000}}"#,
                r#"{"type":"set_interval","stream":"data","interval_ms":5000}"#,
            ),
            (
                r#"{"type":"request_metrics"}"#,
                r#"{"type":"request_metrics"}"#,
            ),
            (r#"{"type":"pong","data":null}"#, r#"{"type":"pong"}"#),
            (
                r#"{"type":"ping","data":{"id":7}}"#,
                r#"{"type":"ping","id":7}"#,
            ),
            (r#"{"type":"ping","data":{}}"#, r#"{"type":"ping"}"#),
            (
                r#"{"type":"ping","correlation_id":"a"}"#,
                r#"{"type":"ping","correlation_id":"a"}"#,
            ),
        ];
        for (enveloped, plain) in table {
            let request = Request::parse_enveloped(enveloped);
            assert!(request.is_ok(), "{enveloped}: {request:?}");
            assert_eq!(request, Request::parse(plain), "{enveloped}");
        }
        let rejection = |text| Request::parse_enveloped(text).unwrap_err().message;
        assert!(
            rejection(r#"{"type":"subscribe","streams":["data"]}"#)
                .contains("missing field `data`")
        );
        assert!(rejection(r#"{"type":"foo"}"#).contains("unknown type"));
        let late = r#"{"type":"subscribe","data":{"streams":{"data":{"last":10001}}}}"#;
        assert!(rejection(late).contains("10000"), "limits hold");
    }

    #[test]
    fn every_type_can_be_enveloped() {
        for name in Request::TYPES {
            let text = format!(
                r#"{{"type":"{name}","data":{{"streams":[],"stream":"data","interval_ms":0,"state":"idle","room":"r1"}}}}"#
            );
            let request = Request::parse_enveloped(&text).unwrap().to_json();
            assert!(
                request.starts_with(&format!(r#"{{"type":"{name}""#)),
                "{request}"
            );
        }
    }

    #[test]
    fn the_response_repeats_the_identifier() {
        let error = Request::parse(r#"{"type":"foo","correlation_id":"abc"}"#).unwrap_err();
        assert_eq!(error.into_error().correlation_id.as_deref(), Some("abc"));
        let request = Request::parse(r#"{"type":"request_metrics","correlation_id":"abc","x":1}"#);
        assert_eq!(request.unwrap().correlation_id.as_deref(), Some("abc"));
    }
}
