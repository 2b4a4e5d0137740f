use super::csv::{self, Lines};
use super::failure::{Refusals, archive, in_background};
use super::moment::Message;
use super::parameters::{Accepts, FORMAT, Parameter};
use super::pause::Pause;
use super::{Failure, Format, Parameters};
use crate::app::App;
use crate::reading::Archive;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use protocol::api::Page;
use protocol::{Level, OwnHost, Stream};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::io;
use std::ops::RangeInclusive;
use std::time::Instant;
use store::{Entry, HostFilter, PageFilter};

/// The default and the largest number of messages of a page.
const MESSAGES: usize = 100;
const MESSAGES_MAX: usize = 1_000;

const STREAM: Parameter = Parameter::new(
    "stream",
    Accepts::OneOf(|| Stream::ALL.map(Stream::name).to_vec()),
    "Which",
)
.required();

const BEFORE: Parameter = Parameter::new(
    "before",
    Accepts::Number(RangeInclusive::new(0, u64::MAX)),
    "Only messages with a lower `seq`",
);

const LIMIT: Parameter = Parameter::new(
    "limit",
    Accepts::Number(RangeInclusive::new(1, MESSAGES_MAX as u64)),
    "At most so many; 100 by default. CSV without it has all",
);

const LEVEL: Parameter = Parameter::new(
    "level",
    Accepts::OneOf(|| Level::ALL.map(Level::name).to_vec()),
    "Only this level; may be repeated",
)
.up_to(Level::ALL.len());

const SOURCE: Parameter = Parameter::new("source", Accepts::Text, "Only from this source or rule");

const TEXT: Parameter = Parameter::new("text", Accepts::Text, "Only with this in message or label");

const HOST: Parameter = Parameter::new(
    "host",
    Accepts::Text,
    "Only about this host; what names none is about the server's own",
);

pub(super) const PARAMETERS: &[&Parameter] = &[
    &STREAM, &BEFORE, &LIMIT, &LEVEL, &SOURCE, &HOST, &TEXT, &FORMAT,
];

/// A search in progress.
struct Search {
    archive: Archive,
    stream: Stream,
    filter: PageFilter,
    before: Option<u64>,
    /// How many messages are still wanted.
    left: usize,
    pause: Pause,
}

/// A stream's messages back from a position: the feed, alerts, logs
#[utoipa::path(
    get,
    path = "/api/v1/journal",
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((Page<Message> = "application/json"), (String = "text/csv"))
        ),
        Refusals,
    )
)]
pub(super) async fn journal(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let parameters = Parameters::of(&uri, PARAMETERS)?;
    let stream = Parameters::required(&STREAM, parameters.one_of(&STREAM))?;
    let limit = parameters.number(&LIMIT).map(|limit| limit as usize);
    let format = parameters.format();
    let owned = |parameter| parameters.text(parameter).map(str::to_owned);
    let default_limit = match format {
        Format::Json => MESSAGES,
        Format::Csv => usize::MAX,
    };
    let archive = archive(&app)?.clone();
    let search = Search {
        archive: archive.clone(),
        stream,
        filter: PageFilter {
            levels: levels(&parameters),
            source: owned(&SOURCE),
            text: owned(&TEXT),
            host: parameters
                .text(&HOST)
                .map(|host| about(host, archive.own())),
        },
        before: Some(parameters.number(&BEFORE).unwrap_or(u64::MAX)),
        left: limit.unwrap_or(default_limit),
        pause: Pause::default(),
    };
    if format == Format::Csv {
        return Ok(as_csv(search));
    }
    let (_, answer) = search.in_background(as_json).await?;
    Ok(answer.unwrap_or_else(|| Json(page(Vec::new(), None)).into_response()))
}

fn as_json(search: &Search, entries: Vec<Entry>) -> Response {
    Json(page(entries, search.before)).into_response()
}

fn page(entries: Vec<Entry>, next_before: Option<u64>) -> Page<Message> {
    Page {
        messages: entries.into_iter().filter_map(Message::stored).collect(),
        next_before,
    }
}

fn about(host: &str, own: &OwnHost) -> HostFilter {
    let is_own = own.is(host);
    let names = match is_own {
        true => own.names().map(str::to_owned).collect(),
        false => vec![host.to_owned()],
    };
    HostFilter { names, is_own }
}

fn levels(parameters: &Parameters) -> Option<Vec<Level>> {
    let names = parameters.all(&LEVEL);
    let known = Level::ALL.into_iter();
    let levels: Vec<_> = known
        .filter(|level| names.iter().any(|name| name == level.name()))
        .collect();
    Some(levels).filter(|levels| !levels.is_empty())
}

impl Search {
    /// [`Search::next`], and what is made of it, on the background thread.
    async fn in_background<T: Send + 'static>(
        mut self,
        make: fn(&Self, Vec<Entry>) -> T,
    ) -> Result<(Self, Option<T>), Failure> {
        let archive = self.archive.clone();
        in_background(&archive, async move {
            let found = self.next().await?;
            let made = found.map(|entries| make(&self, entries));
            Ok((self, made))
        })
        .await
    }

    /// The next messages, newest first; `None` once there are no more. A page may be empty where
    /// little passes the filter.
    async fn next(&mut self) -> Result<Option<Vec<Entry>>, Failure> {
        let Some(before) = self.before.filter(|_| self.left > 0) else {
            return Ok(None);
        };
        let _permit = self.archive.permit().await.ok_or(Failure::Busy)?;
        let start = Instant::now();
        let (store, count) = (self.archive.store(), self.left.min(MESSAGES_MAX));
        let found = store::search(store, self.stream, before, count, &self.filter).await?;
        self.left -= found.entries.len();
        self.before = found.next_before_seq;
        self.pause.page_took(start.elapsed());
        Ok(Some(found.entries))
    }
}

/// The columns of a stream, beside its time and number.
fn columns(stream: Stream) -> &'static [&'static str] {
    match stream {
        Stream::Events | Stream::Logs => &["level", "source", "message"],
        Stream::Alerts => &["state", "level", "rule", "message", "value", "host"],
        Stream::Data => &["label", "value", "unit", "source", "host", "labels"],
        // Too much for a row; values are available as series.
        Stream::Metrics | Stream::Processes => &["host"],
    }
}

fn as_csv(search: Search) -> Response {
    let stream = search.stream;
    let mut head = Lines::default();
    head.add(["timestamp", "seq"].iter().chain(columns(stream)));
    let pieces = stream::try_unfold(
        (search, Some(head.into_bytes())),
        |(search, head)| async move {
            if let Some(head) = head {
                return Ok(Some((head, (search, None))));
            }
            search.pause.wait().await;
            let (search, page) = search.in_background(rows).await.map_err(io::Error::other)?;
            Ok(page.map(|rows| (rows, (search, None))))
        },
    );
    csv::streamed(stream.name(), pieces)
}

fn rows(search: &Search, entries: Vec<Entry>) -> Bytes {
    let mut lines = Lines::default();
    for entry in entries {
        // What is stored was JSON; anything else has empty columns.
        let message: HashMap<&str, &RawValue> =
            serde_json::from_str(&entry.body).unwrap_or_default();
        let field = |name: &&str| match message.get(name).map(|value| value.get()) {
            None | Some("null") => String::new(),
            // A text is shown without its quotes, everything else as it was sent.
            Some(value) => serde_json::from_str(value).unwrap_or_else(|_| value.to_owned()),
        };
        lines.add(
            ["timestamp", "seq"]
                .iter()
                .chain(columns(search.stream))
                .map(field),
        );
    }
    lines.into_bytes()
}
