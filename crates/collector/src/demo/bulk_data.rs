use super::DEMO_LABELS_MAX;
use super::random::Random;
use crate::rounding;
use protocol::{Data, Labels, Timestamp};

const METRICS: &[(&str, &str, f64)] = &[
    ("http.server.request.duration.p99", "milliseconds", 84.0),
    ("http.server.active_requests.max", "requests", 37.0),
    ("db.client.connections.usage.mean", "connections", 18.0),
    ("messaging.consumer.lag.messages", "messages", 260.0),
    ("process.runtime.heap.allocated", "megabytes", 412.0),
    ("cache.lookup.misses.per_second", "lookups", 61.0),
];
const SERVICES: &[&str] = &["checkout-api", "catalog-api", "payments-v2", "search-edge"];
const ROUTES: &[&str] = &[
    "GET /api/v2/orders/{order_id}/items",
    "POST /api/v2/carts/{cart_id}/lines",
    "GET /api/v2/products/{sku}/prices",
    "PUT /api/v2/customers/{id}/address",
];
const ZONES: &[&str] = &["eu-central-1a", "eu-central-1b", "us-east-1c"];

/// The number of shards, to which series are assigned round-robin.
const SHARDS: u32 = 8;

/// The metrics of a large application. A message with its position is about 300 bytes of JSON; its labels
/// have a region and a shard, to select and fold by.
pub(super) struct BulkData {
    random: Random,
    series: Vec<Series>,
    next: usize,
}

struct Series {
    label: String,
    unit: &'static str,
    source: String,
    labels: Labels,
    usual: f64,
}

impl BulkData {
    pub(super) fn new(mut random: Random, labels: u32) -> Self {
        let series = (0..labels.clamp(1, DEMO_LABELS_MAX))
            .map(|number| Series::new(&mut random, number % SHARDS))
            .collect();
        Self {
            random,
            series,
            next: 0,
        }
    }

    pub(super) fn next(&mut self, timestamp: Timestamp) -> Data {
        let series = &self.series[self.next];
        self.next = (self.next + 1) % self.series.len();
        let value = series.usual * self.random.within(0.85..1.15);
        Data {
            timestamp,
            label: series.label.clone(),
            value: rounding::hundredths(value).unwrap_or(series.usual),
            unit: Some(series.unit.to_owned()),
            source: Some(series.source.clone()),
            labels: series.labels.clone(),
            ..Data::default()
        }
    }
}

impl Series {
    fn new(random: &mut Random, shard: u32) -> Self {
        let &(metric, unit, usual) = random.pick(METRICS);
        let service = random.pick(SERVICES);
        let route = random.pick(ROUTES);
        let zone = random.pick(ZONES);
        let region = zone.split('-').next().unwrap_or_default();
        let instance = random.whole(0x1000_0000..0xffff_ffff);
        Self {
            label: format!("{metric} · {route} · {zone}"),
            unit,
            source: format!("prod/{service}-{instance:08x}"),
            labels: [("region", region.to_owned()), ("shard", shard.to_string())]
                .map(|(label, value)| (label.to_owned(), value))
                .into(),
            usual: usual * random.within(0.5..1.5),
        }
    }
}
