//! What a message means to the viewer that receives it.

use super::{Link, Role, Stage, Viewer};
use crate::chain::Verdict;
use crate::messages::{Epoch, Said, What};
use crate::tally::{End, Tally, gap_name};
use crate::{Plan, Transport};
use protocol::Position;

/// A message as one viewer receives it.
pub(super) struct Heard<'a> {
    pub(super) said: &'a Said,
    pub(super) received_unix_us: i64,
    pub(super) plan: &'a Plan,
}

impl Viewer {
    pub(super) fn hear(
        &mut self,
        link: &mut Link,
        heard: &Heard<'_>,
        tally: &mut Tally,
    ) -> Result<(), End> {
        if let Role::Rubbish(_) = self.role {
            return match &heard.said.what {
                What::Error(code) => Err(End::Answered(code.clone())),
                _ => Ok(()),
            };
        }
        if heard.said.id.is_some() {
            self.resume_after = heard.said.id;
        }
        match &heard.said.what {
            What::Durable {
                position,
                sent_unix_ms,
            } => self.hear_durable(link, heard, *position, *sent_unix_ms, tally),
            What::Connection { epoch } => self.enter(*epoch),
            What::Subscribed {
                epoch,
                head,
                recovered,
            } => {
                self.enter(*epoch);
                tally.subscribed += 1;
                link.live_after = *head;
                if link.resumes {
                    tally.resumed += u64::from(*recovered == Some(true));
                    tally.not_recovered += u64::from(*recovered != Some(true));
                } else {
                    // The presets of an event stream begin with each stream's newest message.
                    let backlog = heard.plan.last > 0 || link.stage == Stage::Events;
                    self.chain.subscribed(*head, backlog);
                    if !backlog {
                        self.resume_after = Some((*epoch, *head));
                    }
                }
            }
            What::Gap(gap) => {
                *tally.gaps.entry(gap_name(gap.reason)).or_default() += 1;
                self.chain.gap(gap);
            }
            What::Error(code) => *tally.errors.entry(code.clone()).or_default() += 1,
            What::Other => {}
            What::Unreadable(why) => {
                tally.unreadable += 1;
                tally.example(|| format!("viewer {}: unreadable: {why}", self.index));
            }
        }
        Ok(())
    }

    fn hear_durable(
        &mut self,
        link: &Link,
        heard: &Heard<'_>,
        position: Position,
        sent_unix_ms: i64,
        tally: &mut Tally,
    ) {
        let reached = self.chain.reached(position.stream);
        let verdict = if heard.plan.chained() {
            self.chain.message(position)
        } else {
            self.chain.unchained_message(position)
        };
        match verdict {
            // A loss is counted at the end, from its hole: until then it may turn out reordered.
            Verdict::New | Verdict::Lost => {}
            Verdict::Duplicate => tally.duplicated += 1,
            Verdict::Reordered => tally.reordered += 1,
        }
        if verdict != Verdict::New {
            tally.example(|| {
                let Position { seq, prev, stream } = position;
                let reached = reached.map_or("nothing".into(), |seq| seq.to_string());
                format!(
                    "viewer {}: {verdict:?}: {stream} {seq} after {prev}, seen was {reached}",
                    self.index
                )
            });
        }
        if heard.plan.transport == Transport::Websocket {
            self.resume_after = self.epoch.map(|epoch| (epoch, self.chain.position()));
        }
        let is_new = tally.logs.entry(self.epoch).or_default().note(position);
        if !tally.measuring {
            return;
        }
        tally.messages += u64::from(is_new);
        tally.deliveries += 1;
        if position.seq <= link.live_after {
            tally.backlog += 1;
        } else if self.role != Role::Slow {
            let latency_us = heard.received_unix_us - sent_unix_ms * 1_000;
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
