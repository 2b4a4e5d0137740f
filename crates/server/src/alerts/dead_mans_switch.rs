//! Requests a URL at an interval while all is well: what comes from there notifies people when the requests stop, which is
//! how they learn that this server, its machine or its network is down.

use crate::health::Readiness;
use crate::outgoing::{Networks, Outgoing, OutgoingRequest, Target};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_secs(60);

const TIME_MAX: Duration = Duration::from_secs(20);

/// Ends with `stopped`.
pub(crate) async fn run(
    target: Target,
    outgoing: Outgoing,
    readiness: Readiness,
    mut stopped: watch::Receiver<bool>,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_sent = true;
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        // The host is sampled within the first interval, and the first request should not wait for the second.
        if readiness.trouble().is_some() {
            ticks.reset_after(Duration::from_secs(1));
            continue;
        }
        let sent = tokio::select! {
            _ = stopped.changed() => return,
            sent = send(&target, &outgoing) => sent,
        };
        match &sent {
            Err(why) if was_sent => {
                tracing::warn!(url = %target, why, "The dead man's switch cannot be reached.");
            }
            Ok(()) if !was_sent => {
                tracing::info!(url = %target, "The dead man's switch is reached again.");
            }
            _ => {}
        }
        was_sent = sent.is_ok();
    }
}

async fn send(target: &Target, outgoing: &Outgoing) -> Result<(), String> {
    let request = OutgoingRequest {
        // The configuration is written by someone who controls this machine anyway.
        networks: Networks::Private,
        time_max: TIME_MAX,
        response_bytes_max: 0,
        cuts_response: true,
        ..OutgoingRequest::get(target.clone())
    };
    let response = outgoing
        .send(request)
        .await
        .map_err(|error| error.to_string())?;
    match response.status.is_success() {
        true => Ok(()),
        false => Err(format!(
            "the response has the status {}",
            response.status.as_u16()
        )),
    }
}
