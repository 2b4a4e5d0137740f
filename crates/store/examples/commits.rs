//! What a commit costs, and what it costs beside a reader and retention: `cargo run --release -p
//! store --example commits -- DIRECTORY`, or with a `postgres://` URL. Whatever is measured stays
//! there.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::Stream;
use store::{Config, Entry, Location, RangePage, Store};

/// Each measurement takes so long.
const TIME: Duration = Duration::from_secs(5);

/// A usual message of the demo.
const BODY_BYTES: usize = 300;

const BLOCK: u64 = 100_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("name a directory or a postgres:// URL")?;
    let location = match place.starts_with("postgres") {
        true => Location::Postgres(place),
        false => Location::Sqlite(place.into()),
    };
    let mut config = Config::of(location);
    config.timeout = Duration::from_secs(60);
    let store = store::open(&config).await?;
    let next_seq = store.start().await?.next_seq;
    let mut committer = Committer {
        store: Arc::clone(&store),
        next_seq,
        reserved: next_seq - 1,
    };
    println!("messages of {BODY_BYTES} bytes; milliseconds");
    println!("batch                   commits/s  messages/s    p50    p99    max");
    for batch in [1, 50, 500] {
        committer
            .run(&format!("{batch}"), batch, Duration::ZERO)
            .await?;
    }
    // Each 20 ms, as a server at 50 batches a second.
    let pace = Duration::from_millis(20);
    committer.run("50, paced", 50, pace).await?;
    let reader = tokio::spawn(read(Arc::clone(&store)));
    committer.run("50, paced, a reader", 50, pace).await?;
    reader.abort();
    let retention = tokio::spawn(expire(Arc::clone(&store)));
    committer.run("50, paced, retention", 50, pace).await?;
    retention.abort();
    let begun = Instant::now();
    store.reserve(committer.reserved + 1).await?;
    println!(
        "a reservation, synced: {:.1}",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let usage = store.usage().await?;
    let rows: u64 = usage.streams.iter().map(|size| size.rows).sum();
    println!(
        "bytes a message in the store: {}",
        usage.used_bytes / rows.max(1)
    );
    println!("{usage:?}");
    store.finish(committer.reserved).await?;
    Ok(())
}

struct Committer {
    store: Arc<dyn Store>,
    next_seq: u64,
    reserved: u64,
}

impl Committer {
    async fn run(&mut self, what: &str, batch: u64, pace: Duration) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        let mut times = Vec::new();
        while begun.elapsed() < TIME {
            if self.next_seq + batch > self.reserved {
                self.reserved += BLOCK;
                self.store.reserve(self.reserved).await?;
            }
            let entries: Vec<_> = (self.next_seq..self.next_seq + batch).map(entry).collect();
            self.next_seq += batch;
            let started = Instant::now();
            self.store.commit(&entries).await?;
            times.push(started.elapsed());
            tokio::time::sleep(pace.saturating_sub(started.elapsed())).await;
        }
        let seconds = begun.elapsed().as_secs_f64();
        times.sort();
        let at = |share: usize| {
            times[(times.len() * share / 1000).min(times.len() - 1)].as_secs_f64() * 1e3
        };
        #[expect(clippy::cast_precision_loss, reason = "it is for the eye")]
        let rate = times.len() as f64 / seconds;
        #[expect(clippy::cast_precision_loss, reason = "it is for the eye")]
        let messages = rate * batch as f64;
        let [half, most, all] = [at(500), at(990), at(1000)];
        println!("{what:<22} {rate:>10.0} {messages:>11.0} {half:>6.2} {most:>6.2} {all:>6.1}");
        Ok(())
    }
}

fn entry(seq: u64) -> Entry {
    let (data, events) = (Stream::Data, Stream::Events);
    let stream = if seq.is_multiple_of(5) { events } else { data };
    let mut body = format!(r#"{{"type":"data","seq":{seq},"prev":0,"label":""#);
    body.extend(std::iter::repeat_n('x', BODY_BYTES - 2 - body.len()));
    body.push_str("\"}");
    Entry {
        seq,
        prev: seq - 1,
        stream,
        at_ms: i64::try_from(seq).unwrap_or(i64::MAX),
        chain: store::ChainName::default(),
        body,
    }
}

/// An export that never ends.
async fn read(store: Arc<dyn Store>) {
    loop {
        let mut page = RangePage {
            stream: Stream::Data,
            from_ms: 0,
            to_ms: i64::MAX,
            after: None,
            messages_max: 1000,
        };
        while let Ok(entries) = store.range(&access::Access::server(), &page).await
            && let Some(last) = entries.last()
        {
            page = page.behind(last);
        }
    }
}

async fn expire(store: Arc<dyn Store>) {
    while store.expire(Stream::Data, i64::MAX, 250).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
