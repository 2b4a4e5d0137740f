//! Targets that the server scrapes as Prometheus does, one task each. Some are JSON documents.

use super::sources::Scraped;
use super::{Inputs, Intervals, Outcome, Sources};
use crate::config::{ScrapeConfig, ScrapedValue};
use crate::outgoing::{
    Networks, Outgoing, OutgoingError, OutgoingRequest, OutgoingResponse, Target,
};
use axum::http::{HeaderValue, header};
use ingest::exposition::{self, Exposition, Format};
use ingest::json::{self, PointedValue};
use ingest::{Batch, BodyError, ParsedPoint, Reducer};
use protocol::checks::CheckState;
use protocol::source_info::ScrapeInfo;
use protocol::{Kind, Labels, SeriesKey, Timestamp, Unit};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::{SemaphorePermit, watch};

/// The first scrapes of all targets are spread over this time.
const SPREAD: Duration = Duration::from_secs(5);

/// The largest response.
const RESPONSE_BYTES_MAX: usize = 8 << 20;

/// The largest JSON document: parsed it takes many times its length.
const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// The formats that are understood, the preferred one first.
const ACCEPT: &str =
    "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// A target that is scraped.
pub(crate) struct Scraping {
    target: Target,
    job: String,
    host: String,
    labels: Labels,
    interval: Duration,
    timeout: Duration,
    /// The numbers of a JSON document; none for the formats of Prometheus.
    values: Vec<PointedValue>,
    /// What histograms had before.
    reducer: Reducer,
    /// Whether the last scrape succeeded, so that a change is logged once.
    was_up: Option<bool>,
    sources: Sources,
    /// Its place among the sources.
    index: usize,
}

/// Why a scrape fails.
#[derive(Debug, thiserror::Error)]
enum ScrapeError {
    #[error(transparent)]
    Request(#[from] OutgoingError),
    #[error("the response has the status {0}; redirects are not followed")]
    Status(u16),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("the response ends too early: it has no `# EOF`")]
    Incomplete,
    #[error("the response has no metrics: line {0}: {1}")]
    NoMetrics(u32, ingest::Reason),
    #[error("the response has no number at any of the pointers")]
    NoValues,
    #[error("the response cannot be read")]
    Unreadable,
}

impl Scraping {
    /// A target of the configuration, whose URL was checked there.
    pub(crate) fn new(config: &ScrapeConfig, sources: &Sources) -> Option<Self> {
        let target: Target = config.url.parse().ok()?;
        let job = match config.job.as_str() {
            "" => target.host().to_owned(),
            job => job.to_owned(),
        };
        let info = ScrapeInfo {
            url: target.to_string(),
            job: job.clone(),
            host: config.host.clone(),
            is_document: !config.values.is_empty(),
            interval_ms: config.interval_ms,
            state: CheckState::Unknown,
            since_ms: None,
            scraped_ms: None,
            seconds: None,
            samples: 0,
            series: 0,
            error: None,
            rejected_count: 0,
            rejected: None,
        };
        Some(Self {
            job,
            index: sources.add_target(info, source(&target)),
            sources: sources.clone(),
            target,
            host: config.host.clone(),
            labels: labels(&config.labels),
            interval: Duration::from_millis(config.interval_ms),
            timeout: Duration::from_millis(config.timeout_ms.min(config.interval_ms)),
            values: config.values.iter().map(pointed).collect(),
            reducer: Reducer::default(),
            was_up: None,
        })
    }

    /// Scrapes at each interval, until the server stops.
    pub(crate) async fn run(
        mut self,
        outgoing: Outgoing,
        inputs: Inputs,
        stopped: watch::Receiver<bool>,
    ) {
        let of = (self.target.instance(), self.job.clone());
        let mut intervals = Intervals::new(self.interval, SPREAD, of, stopped);
        while intervals.next().await && intervals.finish(self.scrape(&outgoing, &inputs)).await {}
    }

    async fn scrape(&mut self, outgoing: &Outgoing, inputs: &Inputs) {
        let (at, start) = (Timestamp::now(), Instant::now());
        let response = self.request(outgoing, inputs).await;
        // Shared with requests that arrive, so that points of all inputs together have a limit. Not before there is a
        // response: a target that hangs must not delay others.
        let _permit = inputs.parsed().acquire(None, 1).await;
        let duration = start.elapsed();
        let result = match response {
            // The permit is kept until the body is parsed, and gone.
            Ok((response, _permit)) => self.parse(response, at).await,
            Err(error) => Err(error.into()),
        };
        let (mut batch, error) = match result {
            Ok(batch) => (batch, None),
            Err(error) => (Batch::default(), Some(error)),
        };
        let samples = batch.points.len();
        self.report(error.as_ref());
        self.sources.scraped(
            self.index,
            Scraped {
                at,
                took: duration,
                samples,
                error: error.as_ref().map(ToString::to_string),
            },
        );
        let own = [
            ("up", if error.is_none() { 1.0 } else { 0.0 }, ""),
            ("scrape_duration_seconds", duration.as_secs_f64(), "s"),
            ("scrape_samples_scraped", samples as f64, ""),
        ];
        batch
            .points
            .extend(own.map(|(name, value, unit)| ParsedPoint {
                series: self.labelled(SeriesKey::new("", name, [])),
                timestamp: Some(at),
                value,
                unit: Unit::new(unit),
                kind: Kind::Gauge,
                place: 0,
            }));
        let committed = inputs.commit(&source(&self.target), batch).await;
        if let Ok(
            outcome @ Outcome {
                rejected_count: 1..,
                ..
            },
        ) = committed
        {
            let why = outcome.describe(if self.is_document() { "value" } else { "line" });
            tracing::debug!(target = %self.target, why, "Some of what was scraped is rejected.");
            let first = outcome.reasons.first().map_or("", |(_, why)| why.as_str());
            let count = outcome.rejected_count;
            self.sources.rejected(self.index, count, first);
        }
    }

    async fn request<'a>(
        &self,
        outgoing: &Outgoing,
        inputs: &'a Inputs,
    ) -> Result<(OutgoingResponse, Option<SemaphorePermit<'a>>), OutgoingError> {
        let mut request = OutgoingRequest {
            // The configuration is written by someone who controls this machine anyway.
            networks: Networks::Private,
            time_max: self.timeout,
            response_bytes_max: match self.is_document() {
                true => DOCUMENT_BYTES_MAX,
                false => RESPONSE_BYTES_MAX,
            },
            ..OutgoingRequest::get(self.target.clone())
        };
        let accept = HeaderValue::from_static(match self.is_document() {
            true => "application/json",
            false => ACCEPT,
        });
        request.headers.insert(header::ACCEPT, accept);
        // Not before there is a head: a target that hangs must not delay others.
        let permit = async { inputs.scraped().acquire().await.ok() };
        outgoing.send_when(request, permit).await
    }

    async fn parse(
        &mut self,
        response: OutgoingResponse,
        at: Timestamp,
    ) -> Result<Batch, ScrapeError> {
        if response.status.as_u16() != 200 {
            return Err(ScrapeError::Status(response.status.as_u16()));
        }
        let values = self.values.clone();
        let parse = move || match values.as_slice() {
            [] => parse_exposition(&response),
            values => parse_document(&response, values),
        };
        let parsed = tokio::task::spawn_blocking(parse).await;
        let mut batch = parsed.map_err(|_| ScrapeError::Unreadable)??;
        self.reducer.reduce(&mut batch, at);
        for point in &mut batch.points {
            let series = std::mem::take(&mut point.series);
            point.series = self.labelled(series);
            // All of a scrape has the same time, unless a metric has its own.
            point.timestamp.get_or_insert(at);
        }
        Ok(batch)
    }

    fn is_document(&self) -> bool {
        !self.values.is_empty()
    }

    /// A series with the labels of the target. Labels of these names that a series has already are renamed, as in
    /// Prometheus.
    fn labelled(&self, mut series: SeriesKey) -> SeriesKey {
        let instance = self.target.instance();
        let own = [("job", self.job.as_str()), ("instance", instance.as_str())];
        let configured = self.labels.iter();
        let configured = configured.map(|(label, value)| (label.as_str(), value.as_str()));
        for (label, value) in own.into_iter().chain(configured) {
            if let Some(before) = series.labels.insert(label.to_owned(), value.to_owned()) {
                series.labels.insert(format!("exported_{label}"), before);
            }
        }
        if !self.host.is_empty() {
            series.host.clone_from(&self.host);
        }
        series
    }

    fn report(&mut self, error: Option<&ScrapeError>) {
        let is_up = error.is_none();
        if self.was_up.replace(is_up) == Some(is_up) {
            return;
        }
        let target = self.target.to_string();
        match error {
            None => tracing::info!(target, "A target is scraped."),
            Some(error) => tracing::warn!(target, %error, "A target cannot be scraped."),
        }
    }
}

/// What the points of a target come through.
fn source(target: &Target) -> String {
    format!("scrape {}", target.instance())
}

fn labels(configured: &BTreeMap<String, String>) -> Labels {
    let configured = configured.iter();
    configured
        .map(|(label, value)| (label.clone(), value.clone()))
        .collect()
}

fn pointed(value: &ScrapedValue) -> PointedValue {
    PointedValue {
        name: value.name.clone(),
        labels: labels(&value.labels),
        pointer: value.pointer.clone(),
        unit: Unit::new(&value.unit),
        kind: value.kind,
    }
}

fn parse_exposition(response: &OutgoingResponse) -> Result<Batch, ScrapeError> {
    let content_type = response.headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let Exposition { batch, is_complete } =
        exposition::parse(&response.body, Format::of(content_type))?;
    if !is_complete {
        return Err(ScrapeError::Incomplete);
    }
    if let (true, Some(first)) = (batch.points.is_empty(), batch.rejected.first()) {
        return Err(ScrapeError::NoMetrics(first.place, first.reason));
    }
    Ok(batch)
}

fn parse_document(
    response: &OutgoingResponse,
    values: &[PointedValue],
) -> Result<Batch, ScrapeError> {
    let batch = json::parse(&response.body, values)?;
    match batch.points.is_empty() {
        true => Err(ScrapeError::NoValues),
        false => Ok(batch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_target_are_added() {
        let config = ScrapeConfig {
            url: "http://db-1:9187/metrics".into(),
            job: "postgres".into(),
            host: "db-1".into(),
            labels: [("region".to_owned(), "eu".to_owned())].into(),
            ..ScrapeConfig::default()
        };
        let scraping = Scraping::new(&config, &Sources::default()).expect("a target");
        let labels = [
            ("job".to_owned(), "own".to_owned()),
            ("a".to_owned(), "b".to_owned()),
        ];
        let series = scraping.labelled(SeriesKey::new("", "pg_up", labels));
        assert_eq!(
            series.to_string(),
            r#"pg_up{a="b",exported_job="own",host="db-1",instance="db-1:9187",job="postgres",region="eu"}"#
        );
    }
}
