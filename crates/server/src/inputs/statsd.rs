//! StatsD by UDP, on loopback only: a datagram has no credential, and its sender's address can be forged.

use super::Inputs;
use super::sources::{Input, Sender, Sent};
use crate::metrics::RejectedMessage;
use ingest::statsd::Aggregator;
use protocol::Timestamp;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// How often what was added up is committed.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The largest datagram over loopback.
const DATAGRAM_BYTES_MAX: usize = 64 << 10;

/// Datagrams that are read before other tasks have their turn.
const DATAGRAMS_AT_ONCE: usize = 64;

/// Listens for datagrams. The address has to be one of this machine alone, which the configuration demands.
pub(crate) async fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    UdpSocket::bind(address).await
}

/// Adds up datagrams, and commits the sums each second, until the server stops.
pub(crate) async fn run(socket: UdpSocket, inputs: Inputs, mut stopped: watch::Receiver<bool>) {
    let mut aggregator = Aggregator::default();
    let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
    let mut flushes = interval(FLUSH_EVERY);
    flushes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stopped.changed() => break,
            _ = flushes.tick() => flush(&mut aggregator, &inputs).await,
            received = socket.recv(&mut datagram) => {
                let now = Timestamp::now();
                let mut rejected = 0;
                if let Ok(length) = received {
                    rejected += aggregator.add(&datagram[..length], now);
                }
                rejected += add_waiting(&socket, &mut datagram, &mut aggregator, now);
                reject(&inputs, rejected, now);
                tokio::task::yield_now().await;
            }
        }
    }
    let now = Timestamp::now();
    let rejected = add_waiting(&socket, &mut datagram, &mut aggregator, now);
    reject(&inputs, rejected, now);
    flush(&mut aggregator, &inputs).await;
}

/// Adds what has arrived already. Returns how many lines are rejected.
fn add_waiting(
    socket: &UdpSocket,
    datagram: &mut [u8],
    aggregator: &mut Aggregator,
    now: Timestamp,
) -> u64 {
    let mut rejected = 0;
    for _ in 1..DATAGRAMS_AT_ONCE {
        let Ok(length) = socket.try_recv(datagram) else {
            break;
        };
        rejected += aggregator.add(&datagram[..length], now);
    }
    rejected
}

/// While the store is unavailable, gauges and quantiles of that second are lost; totals go on.
async fn flush(aggregator: &mut Aggregator, inputs: &Inputs) {
    let now = Timestamp::now();
    for batch in aggregator.flush(now) {
        if batch.points.is_empty() && batch.rejected_count == 0 {
            continue;
        }
        // What is refused is counted among the rejected messages.
        let committed = inputs.commit("statsd", batch).await;
        let sent = match &committed {
            Ok(outcome) => Sent::of(outcome),
            Err(_) => Sent::refused("the store takes nothing at the moment"),
        };
        inputs.sources().sent(sender(), &sent, now.unix_ms());
    }
}

/// Lines that cannot be read.
fn reject(inputs: &Inputs, count: u64, now: Timestamp) {
    if count == 0 {
        return;
    }
    let metrics = inputs.metrics();
    metrics.rejected_messages(RejectedMessage::Entry, count);
    let sent = Sent {
        rejected: count,
        why: Some("a line is none of StatsD, or there are as many series as there may be"),
        ..Sent::default()
    };
    inputs.sources().sent(sender(), &sent, now.unix_ms());
}

fn sender() -> Sender {
    Sender::new(Input::Statsd, None)
}
