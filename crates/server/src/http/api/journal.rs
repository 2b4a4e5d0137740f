use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, archive, in_background};
use super::host_state::Message;
use super::parameters::{Format, Number, OneOf, Parameters, ResponseFormat, Text, Value, Values};
use super::pause::Pause;
use crate::app::App;
use crate::http::refuse;
use crate::http::routes::Sender;
use crate::reading::{Archive, Reader};
use access::Access;
use accounts::Denied;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use journal::Journal;
use protocol::api::MessagePage;
use protocol::{Level, OwnHost, Stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::io;
use std::time::Instant;
use store::{Entry, HostFilter, PageFilter};

/// The default and the largest number of messages of a page.
const MESSAGES: usize = 100;
const MESSAGES_MAX: usize = 1_000;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct JournalParameters {
    /// Which
    #[param(inline)]
    stream: StreamName,
    /// Only messages with a lower `seq`
    #[param(inline)]
    before: Option<Seq>,
    /// At most so many; 100 by default. CSV without it has all
    #[param(inline)]
    limit: Option<Limit>,
    /// Only this level; may be repeated
    #[serde(default)]
    #[param(inline)]
    level: Levels,
    /// Only from this source or rule
    #[param(inline)]
    source: Option<Text>,
    /// Only messages of this channel, as far as they are visible; without it, everyone's
    #[param(inline)]
    channel: Option<Text>,
    /// Only about this host; what names none is about the server's own
    #[param(inline)]
    host: Option<Text>,
    /// Only with this in message or label
    #[param(inline)]
    text: Option<Text>,
    /// What the answer is written as; `json` by default
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

type StreamName = Value<OneOf<Stream>>;
type Seq = Value<Number<0, { u64::MAX }>>;
type Limit = Value<Number<1, { MESSAGES_MAX as u64 }>>;
type Levels = Values<OneOf<Level>, { Level::ALL.len() }>;

/// A search in progress.
struct Search {
    archive: Archive,
    reader: Reader,
    journal: Journal,
    access: Access,
    /// Of which messages are wanted; absent for everyone's.
    channel: Option<String>,
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
    params(JournalParameters),
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((MessagePage<Message> = "application/json"), (String = "text/csv"))
        ),
        ErrorResponses,
    )
)]
pub(super) async fn journal(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<JournalParameters>,
) -> Result<Response, ApiError> {
    let (format, stream) = (parameters.format.0, parameters.stream.0);
    if !principal.access.may_see_stream(stream) {
        return Ok(refuse(Denied::NotSignedIn, None));
    }
    let default_limit = match format {
        ResponseFormat::Json => MESSAGES,
        ResponseFormat::Csv => usize::MAX,
    };
    let archive = archive(&app)?.clone();
    let search = Search {
        archive: archive.clone(),
        reader: Reader::of(&principal),
        journal: app.hub().journal().clone(),
        access: principal.access,
        channel: parameters.channel.map(|it| it.0),
        stream,
        filter: PageFilter {
            levels: Some(parameters.level.0).filter(|levels| !levels.is_empty()),
            source: parameters.source.map(|it| it.0),
            text: parameters.text.map(|it| it.0),
            host: parameters.host.map(|it| about(&it.0, archive.own())),
        },
        before: Some(parameters.before.map_or(u64::MAX, |it| it.0)),
        left: parameters.limit.map_or(default_limit, |it| it.0 as usize),
        pause: Pause::default(),
    };
    if format == ResponseFormat::Csv {
        return Ok(as_csv(search));
    }
    let (_, answer) = search.in_background(as_json).await?;
    Ok(answer.unwrap_or_else(|| Json(page(Vec::new(), None)).into_response()))
}

fn as_json(search: &Search, entries: Vec<Entry>) -> Response {
    Json(page(entries, search.before)).into_response()
}

fn page(entries: Vec<Entry>, next_before: Option<u64>) -> MessagePage<Message> {
    MessagePage {
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

impl Search {
    /// [`Search::next`], and what is made of it, on the background thread.
    async fn in_background<T: Send + 'static>(
        mut self,
        make: fn(&Self, Vec<Entry>) -> T,
    ) -> Result<(Self, Option<T>), ApiError> {
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
    async fn next(&mut self) -> Result<Option<Vec<Entry>>, ApiError> {
        let Some(before) = self.before.filter(|_| self.left > 0) else {
            return Ok(None);
        };
        let permit = self.archive.permit(self.reader).await;
        let _permit = permit.ok_or(ApiError::Busy)?;
        let start = Instant::now();
        let (store, count) = (self.archive.store(), self.left.min(MESSAGES_MAX));
        // What the access allows is true up to the head of before: a later message may follow a removal.
        let head = self.journal.head();
        let access = match &self.channel {
            None => self.access.without_channels(),
            Some(channel) => {
                let scope = (self.stream, Some(channel.as_str()));
                self.access.of_scopes([scope])
            }
        };
        let found = store::search(
            store,
            &access,
            self.stream,
            before.min(head + 1),
            count,
            &self.filter,
        )
        .await?;
        self.left -= found.entries.len();
        self.before = found.next_before_seq;
        self.pause.page_took(start.elapsed());
        Ok(Some(found.entries))
    }
}

fn as_csv(search: Search) -> Response {
    let stream = search.stream;
    let mut head = Lines::default();
    head.add(
        ["timestamp", "seq"]
            .iter()
            .chain(stream.definition().columns),
    );
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
                .chain(search.stream.definition().columns)
                .map(field),
        );
    }
    lines.into_bytes()
}
