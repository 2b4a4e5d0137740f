//! Applies a received message to its viewer: chain, position, counts.

use super::{Link, Role, Stage, Viewer};
use crate::chain::Verdict;
use crate::message_cache::{Content, Epoch, Message};
use crate::tally::{Disconnect, Tally};
use crate::{Plan, Transport};
use protocol::Position;

/// A message delivered to one viewer.
pub(super) struct Delivery<'a> {
    pub(super) message: &'a Message,
    pub(super) received_unix_us: i64,
    pub(super) plan: &'a Plan,
}

impl Viewer {
    pub(super) fn receive(
        &mut self,
        link: &mut Link,
        delivery: &Delivery<'_>,
        tally: &mut Tally,
    ) -> Result<(), Disconnect> {
        if let Role::Malformed(_) = self.role {
            return match &delivery.message.content {
                Content::Error(code) => Err(Disconnect::Rejected(code)),
                _ => Ok(()),
            };
        }
        if delivery.message.id.is_some() {
            self.resume_after = delivery.message.id;
        }
        match &delivery.message.content {
            Content::Durable {
                position,
                sent_unix_ms,
            } => self.receive_durable(link, delivery, *position, *sent_unix_ms, tally),
            Content::Connection { epoch } => self.enter(*epoch),
            Content::Subscribed {
                epoch,
                head,
                recovered,
            } => {
                self.enter(*epoch);
                tally.subscribed += 1;
                link.live_after = *head;
                if link.resumes {
                    let resumes = &mut tally.report.resumes;
                    match recovered {
                        Some(true) => resumes.recovered += 1,
                        _ => resumes.not_recovered += 1,
                    }
                } else {
                    // The presets of an event stream begin with each stream's newest message.
                    let backlog = delivery.plan.last > 0 || link.stage == Stage::Events;
                    self.chain.subscribed(*head, backlog);
                    if !backlog {
                        self.resume_after = Some((*epoch, *head));
                    }
                }
            }
            Content::Gap(gap) => {
                tally.report.gaps(gap.reason).reported += 1;
                self.chain.gap(gap);
            }
            Content::Error(code) => {
                *tally.report.errors.entry((*code).into()).or_default() += 1;
            }
            Content::Other => {}
            Content::Unreadable(why) => {
                tally.report.unreadable += 1;
                tally.example(|| format!("viewer {}: unreadable: {why}", self.index));
            }
        }
        Ok(())
    }

    fn receive_durable(
        &mut self,
        link: &Link,
        delivery: &Delivery<'_>,
        position: Position,
        sent_unix_ms: i64,
        tally: &mut Tally,
    ) {
        let reached = self.chain.reached(position.stream);
        let verdict = if delivery.plan.chained() {
            self.chain.message(position)
        } else {
            self.chain.unchained_message(position)
        };
        match verdict {
            // Losses are counted at the end, from missing ranges: until then the message may arrive late.
            Verdict::New | Verdict::Lost => {}
            Verdict::Duplicate => tally.report.duplicated += 1,
            Verdict::Reordered => tally.report.reordered += 1,
        }
        if verdict != Verdict::New {
            tally.example(|| {
                let Position { seq, prev, stream } = position;
                let reached = reached.map_or("nothing".into(), |seq| seq.to_string());
                format!(
                    "viewer {}: {verdict:?}: {stream} {seq} after {prev}, expected after {reached}",
                    self.index
                )
            });
        }
        if delivery.plan.transport == Transport::Websocket {
            self.resume_after = self.epoch.map(|epoch| (epoch, self.chain.position()));
        }
        let is_new = tally.seen.entry(self.epoch).or_default().insert(position);
        if !tally.measuring {
            return;
        }
        tally.report.messages += u64::from(is_new);
        tally.report.deliveries += 1;
        if position.seq <= link.live_after {
            tally.report.backlog += 1;
        } else if self.role != Role::Slow {
            let latency_us = delivery.received_unix_us - sent_unix_ms * 1_000;
            tally.latencies.add(latency_us.max(0) as u64);
        }
    }

    fn enter(&mut self, epoch: Epoch) {
        if self.epoch.is_some_and(|known| known != epoch) {
            self.chain.new_epoch();
        }
        self.epoch = Some(epoch);
    }
}
