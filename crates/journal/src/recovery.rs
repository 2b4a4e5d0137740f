use crate::backlog_plan::{InRing, StreamPlan, StreamStart};
use crate::budget::Budget;
use crate::chain::{ByChain, Chain};
use crate::scope::Scope;
use crate::{Backlog, BacklogPlan, Cursor, Frame, Log};
use access::Access;
use protocol::{Gap, GapReason, Stream, StreamOptions, Subscribe};
use std::sync::Arc;

/// The result of a subscription: what was lost, and the backlog that precedes live messages.
#[derive(Debug)]
pub struct Recovery {
    /// The backlog ends here, and live messages start.
    pub head: u64,
    /// The backlog and the gaps start after this; equal to `head` if there are none. A viewer that is
    /// disconnected before it has received them resumes from here.
    pub starts_at: u64,
    /// Whether everything after the requested position follows; absent if none was requested.
    pub recovered: Option<bool>,
    /// The gap of each scope that has one.
    pub gaps: Vec<Gap>,
    /// The messages that precede live ones.
    pub backlog: Option<Backlog>,
}

impl Log {
    /// Adds streams to a cursor, or changes the options of those that it has; the caller holds the lock,
    /// so that no message falls between backlog and live. The plan can be finished at once if it has no
    /// [request](BacklogPlan::request), which is always so without a store.
    ///
    /// Recovery is all or nothing for each scope, that is for everyone's messages of a stream, and for each channel:
    /// either everything after the requested position follows, or a gap and the newest messages.
    pub fn subscribe(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        subscribe: &Subscribe,
    ) -> BacklogPlan {
        if self.has_nothing_for(cursor) {
            cursor.move_to(self.head());
        }
        let until = cursor.position();
        let mut budget = Budget::default();
        let mut plans = Vec::new();
        for &(stream, ref options) in &subscribe.streams {
            // What is not visible at all is not followed, so that everyone's messages need no check of their own.
            if stream.is_internal() || !access.may_see_stream(stream) {
                continue;
            }
            let is_new = !cursor.streams().contains(stream);
            cursor.set_options(stream, options, self.own());
            if is_new {
                cursor.start(stream, until);
                for scope in cursor.scopes(stream, access) {
                    let scoped = Scoped {
                        cursor,
                        access,
                        stream,
                        scope,
                    };
                    plans.push(self.plan(scoped, options, subscribe, &mut budget));
                }
            }
        }
        let (own, access) = (self.own().clone(), access.clone());
        BacklogPlan::new(own, access, until, subscribe.after, budget, plans)
    }

    /// A cursor does not advance past messages of other streams, so it may lie far behind the head although
    /// nothing is left to send.
    fn has_nothing_for(&self, cursor: &Cursor) -> bool {
        let mut streams = cursor.streams().iter();
        streams.all(|stream| self.ring.newest_seq(stream) <= cursor.position())
    }

    /// Plans where a scope starts, as far as the ring shows.
    fn plan(
        &self,
        of: Scoped<'_>,
        options: &StreamOptions,
        subscribe: &Subscribe,
        budget: &mut Budget,
    ) -> StreamPlan {
        let (stream, until) = (of.stream, of.cursor.position());
        let last = options.last.unwrap_or(0) as usize;
        // A scope that cannot be recovered starts with its newest message.
        let last = if subscribe.after.is_some() {
            last.max(1)
        } else {
            last
        };
        let position = subscribe.after.filter(|after| {
            subscribe.epoch.as_deref() == Some(self.epoch()) && *after <= self.head()
        });
        let received = position.unwrap_or(0);
        let mut plan = StreamPlan {
            stream,
            filter: of.cursor.filter(stream).cloned(),
            last,
            received,
            in_ring: self.newest_in_ring(&of, last, received),
            floor: of.visible(self.ring.lost(stream, &of.scope)),
            known_floor: self.ring.known_lost(stream, &of.scope),
            newest: self.newest_until(&of, until),
            start: StreamStart::Found(until),
            loss: None,
            taken: Budget::NOTHING,
            scope: of.scope.clone(),
        };
        let Some(after) = subscribe.after else {
            plan.count_back(until, self.has_store());
            return plan;
        };
        if position.is_some() && of.cursor.is_throttled(stream) {
            let newest = self.newest_in_ring(&of, 1, after).oldest;
            plan.start = StreamStart::Found(newest.map_or(until, |newest| newest - 1));
            return plan;
        }
        plan.loss = if position.is_none() {
            Some(GapReason::Epoch)
        } else if self.is_in_jump(after) {
            Some(GapReason::Restart)
        } else if plan.floor > after && !self.has_store() {
            Some(GapReason::Expired)
        } else {
            let before = *budget;
            let is_few = self.take_from_ring(&of, after, budget);
            plan.taken.count(before, *budget);
            (!is_few).then_some(GapReason::TooFar)
        };
        if plan.loss.is_some() {
            plan.count_back(until, self.has_store());
        } else if plan.floor.min(until) > after {
            plan.start = StreamStart::Checking {
                seen: after,
                scan: Budget::scan(),
            };
        } else {
            plan.start = StreamStart::Found(after);
        }
        plan
    }

    /// A scope's newest `seq` up to here, or 0 if it is not in the ring.
    fn newest_until(&self, of: &Scoped<'_>, until: u64) -> u64 {
        let newest = self.ring.newest_seq_of(of.stream, &of.scope);
        if newest <= until {
            return newest;
        }
        let mut newest_first = self.newest_of_scope(of.stream, &of.scope);
        newest_first
            .find(|frame| frame.seq() <= until)
            .map_or(0, |frame| frame.seq())
    }

    /// The newest `count` messages of a scope that pass the filter, of those after `after`. With several
    /// hosts, the newest `count` of each, and the store is not asked for more.
    fn newest_in_ring(&self, of: &Scoped<'_>, count: usize, after: u64) -> InRing {
        let newest = self
            .newest_of_scope(of.stream, &of.scope)
            .take_while(|frame| frame.seq() > after)
            .filter(|frame| frame.seq() <= of.cursor.position() && of.passes(frame));
        if of.scope.has_several_chains() {
            return newest_of_each_chain(newest, count);
        }
        newest
            .take(count)
            .fold(InRing::default(), |ring, frame| InRing {
                count: ring.count + 1,
                oldest: Some(frame.seq()),
                ..ring
            })
    }

    /// Takes a scope's messages after `after` in the ring from the budget; false if that is exceeded.
    fn take_from_ring(&self, of: &Scoped<'_>, after: u64, budget: &mut Budget) -> bool {
        let until = of.cursor.position();
        let lost = self.ring.lost(of.stream, &of.scope);
        let wanted = self.ring.after(after.max(lost)).filter(|frame| {
            frame.stream() == of.stream && frame.seq() <= until && of.passes(frame)
        });
        budget.take(wanted.map(|frame| frame.json().len()))
    }
}

/// A scope of a stream that a cursor subscribes to.
struct Scoped<'a> {
    cursor: &'a Cursor,
    access: &'a Access,
    stream: Stream,
    scope: Scope,
}

impl Scoped<'_> {
    fn visible(&self, seq: u64) -> u64 {
        self.scope.newest_visible(self.stream, self.access, seq)
    }

    fn passes(&self, frame: &Frame) -> bool {
        self.scope.contains(frame.chain()) && self.cursor.passes(frame, self.access)
    }
}

/// `newest` has the newest frame first.
fn newest_of_each_chain<'a>(newest: impl Iterator<Item = &'a Arc<Frame>>, count: usize) -> InRing {
    let mut ring = InRing {
        count,
        ..InRing::default()
    };
    let mut counts: ByChain<usize> = ByChain::default();
    for frame in newest {
        let chain = frame.chain();
        if counts.get(chain).is_none() {
            counts.insert(chain, 0);
        }
        let Some(of_chain) = counts.get_mut(chain).filter(|it| **it < count) else {
            continue;
        };
        *of_chain += 1;
        ring.oldest = Some(frame.seq());
        match chain {
            Chain::Own => ring.own_start = Some(frame.seq() - 1),
            Chain::Host(host) => _ = ring.hosts.insert(host.into(), frame.seq() - 1),
            // Its scope has no other chain.
            Chain::Channel(_) => {}
        }
    }
    ring
}

#[cfg(test)]
mod tests;
