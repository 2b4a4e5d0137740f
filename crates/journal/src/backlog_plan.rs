use crate::budget::Budget;
use crate::filter::{Facets, Filter, is_about_own_host};
use crate::stored::{Page, PageRequest, StoredMessage};
use crate::{Backlog, Cursor, Recovery, StreamSet};
use protocol::{Durable, Gap, GapReason, OwnHost, Stream};
use std::collections::BTreeMap;

/// Determines where the backlog of each added stream starts.
///
/// The cursor is registered already, so that live messages wait. The plan [requests](Self::request)
/// pages of the store, [takes](Self::add_page) them, and is then [finished](Self::finish). Pages are only
/// examined: the backlog reads them again when the socket has room.
#[derive(Debug)]
pub struct BacklogPlan {
    own: OwnHost,
    until: u64,
    after: Option<u64>,
    budget: Budget,
    plans: Vec<StreamPlan>,
}

/// The plan for one added stream.
#[derive(Debug)]
pub(crate) struct StreamPlan {
    pub(crate) stream: Stream,
    pub(crate) filter: Option<Filter>,
    /// How many of the newest messages are wanted, unless everything after a position is …
    pub(crate) last: usize,
    /// … and none up to here, since the viewer has received them.
    pub(crate) received: u64,
    /// Those of them that are in the ring.
    pub(crate) in_ring: InRing,
    /// Messages up to here have left the ring.
    pub(crate) floor: u64,
    /// The stream's last `seq` of the backlog, 0 if it is not known.
    pub(crate) newest: u64,
    pub(crate) start: StreamStart,
    pub(crate) loss: Option<GapReason>,
}

/// The newest messages in the ring that pass the filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct InRing {
    pub(crate) count: usize,
    pub(crate) oldest: Option<u64>,
    /// With several hosts, the `seq` after which each one's start; the own host has an empty name.
    pub(crate) hosts: BTreeMap<Box<str>, u64>,
}

/// Where a stream's backlog starts.
#[derive(Debug)]
pub(crate) enum StreamStart {
    /// After this `seq`.
    Found(u64),
    /// After the requested position, if the chain from there to the ring is whole; it is up to `seen`.
    Checking { seen: u64, scan: Budget },
    /// Before the ring, by `missing` messages. Everything from `before` on has been examined.
    Counting {
        missing: usize,
        before: u64,
        oldest: Option<u64>,
        budget: Budget,
    },
}

impl StreamPlan {
    /// Starts with the newest messages, including those in the store if there is one.
    pub(crate) fn count_back(&mut self, until: u64, has_store: bool) {
        let InRing { count, oldest, .. } = self.in_ring;
        let missing = self.last.saturating_sub(count);
        self.start = if has_store && missing > 0 && self.floor > self.received {
            StreamStart::Counting {
                missing,
                before: self.floor.min(until) + 1,
                oldest,
                budget: Budget::default(),
            }
        } else {
            StreamStart::Found(oldest.map_or(until, |oldest| oldest - 1))
        };
    }

    /// Whether it starts with the newest messages, and not after a position.
    fn starts_with_last(&self, after: Option<u64>) -> bool {
        after.is_none() || self.loss.is_some()
    }

    pub(crate) fn is_found(&self) -> bool {
        matches!(self.start, StreamStart::Found(_))
    }

    fn request(&self, until: u64) -> Option<PageRequest> {
        let (after, until, newest_first) = match self.start {
            StreamStart::Found(_) => return None,
            StreamStart::Checking { seen, .. } => (seen, self.floor.min(until), false),
            StreamStart::Counting { before, .. } => (self.received, before - 1, true),
        };
        Some(PageRequest {
            streams: StreamSet::from_iter([self.stream]),
            after,
            until,
            newest_first,
        })
    }

    fn add_page(&mut self, page: &Page, context: Context<'_>, budget: &mut Budget) {
        // An empty page ends the range, whatever its flag says.
        let is_last = page.is_last || page.messages.is_empty();
        match &mut self.start {
            StreamStart::Found(_) => {}
            StreamStart::Checking { seen, scan } => {
                for message in &page.messages {
                    let is_whole = message.position.prev <= *seen;
                    let length = || [message.json.len()].into_iter();
                    let is_wanted = || passes(self.filter.as_ref(), message, context.own);
                    let is_few = scan.take(length()) && (!is_wanted() || budget.take(length()));
                    if !is_whole || !is_few {
                        let reason = if is_whole {
                            GapReason::TooFar
                        } else {
                            GapReason::Expired
                        };
                        return self.report_loss(reason, context);
                    }
                    *seen = message.position.seq;
                }
                if is_last {
                    let is_whole = *seen >= self.floor || self.floor > context.until;
                    match context.after {
                        Some(after) if is_whole => self.start = StreamStart::Found(after),
                        _ => self.report_loss(GapReason::Expired, context),
                    }
                }
            }
            StreamStart::Counting {
                missing,
                before,
                oldest,
                budget,
            } => {
                let mut is_done = is_last;
                for message in &page.messages {
                    if *missing == 0 || !budget.take([message.json.len()].into_iter()) {
                        is_done = true;
                        break;
                    }
                    *before = message.position.seq;
                    if passes(self.filter.as_ref(), message, context.own) {
                        *missing -= 1;
                        *oldest = Some(message.position.seq);
                    }
                }
                if is_done || *missing == 0 {
                    self.start =
                        StreamStart::Found(oldest.map_or(context.until, |oldest| oldest - 1));
                }
            }
        }
    }

    fn report_loss(&mut self, reason: GapReason, context: Context<'_>) {
        self.loss = Some(reason);
        self.last = self.last.max(1);
        self.count_back(context.until, true);
    }

    /// The store failed: continues with what the ring has.
    fn skip_store(&mut self, until: u64) {
        match self.start {
            StreamStart::Found(_) => return,
            StreamStart::Checking { .. } => self.loss = Some(GapReason::TooFar),
            StreamStart::Counting { .. } => {}
        }
        self.count_back(until, false);
    }
}

/// What the plans of all streams share.
#[derive(Clone, Copy)]
struct Context<'a> {
    own: &'a OwnHost,
    until: u64,
    after: Option<u64>,
}

fn passes(filter: Option<&Filter>, message: &StoredMessage, own: &OwnHost) -> bool {
    let Some(filter) = filter else {
        // This needs no more of the message than its host.
        return is_about_own_host(&message.json, own);
    };
    let message = Durable::from_json(&message.json);
    message.is_ok_and(|message| filter.passes(&Facets::of(&message, own)))
}

impl BacklogPlan {
    pub(crate) fn new(
        own: OwnHost,
        until: u64,
        after: Option<u64>,
        budget: Budget,
        plans: Vec<StreamPlan>,
    ) -> Self {
        Self {
            own,
            until,
            after,
            budget,
            plans,
        }
    }

    /// The next page to examine; none if the plan can be finished.
    pub fn request(&self) -> Option<PageRequest> {
        self.plans.iter().find_map(|plan| plan.request(self.until))
    }

    /// Takes the page of [`BacklogPlan::request`].
    pub fn add_page(&mut self, page: &Page) {
        let context = Context {
            own: &self.own,
            until: self.until,
            after: self.after,
        };
        if let Some(plan) = self.plans.iter_mut().find(|plan| !plan.is_found()) {
            plan.add_page(page, context, &mut self.budget);
        }
    }

    /// The store failed: what is not known by now is a gap.
    pub fn skip_store(&mut self) {
        for plan in &mut self.plans {
            plan.skip_store(self.until);
        }
    }

    /// The result, once there is no further [request](Self::request).
    pub fn finish(&mut self) -> Recovery {
        self.skip_store();
        let mut cursor = Cursor::default();
        let mut gaps = Vec::new();
        let mut oldest = None;
        let mut newest = [0; Stream::COUNT];
        for plan in &self.plans {
            let StreamStart::Found(from) = plan.start else {
                continue;
            };
            if let Some(reason) = plan.loss {
                gaps.push(Gap {
                    stream: plan.stream,
                    after: self.after.filter(|_| reason != GapReason::Epoch),
                    before: from + 1,
                    reason,
                });
            }
            if from < self.until {
                // The whole backlog is sent, whatever the interval of live messages.
                cursor.set_filter(plan.stream, plan.filter.clone());
                cursor.start(plan.stream, from);
                if plan.starts_with_last(self.after) {
                    for (host, &from) in &plan.in_ring.hosts {
                        cursor.start_host(plan.stream, host.clone(), from);
                    }
                }
                newest[plan.stream.index()] = plan.newest;
                oldest = Some(oldest.map_or(from, |oldest: u64| oldest.min(from)));
            }
        }
        // A viewer that is disconnected before it receives the gaps must receive them when it resumes.
        let lost_after = gaps.iter().filter_map(|gap| gap.after);
        Recovery {
            head: self.until,
            starts_at: lost_after.chain(oldest).min().unwrap_or(self.until),
            recovered: self.after.map(|_| gaps.is_empty()),
            backlog: oldest.map(|oldest| {
                let own = self.own.clone();
                Backlog::new(cursor, own, oldest, self.until, newest)
            }),
            gaps,
        }
    }
}
