use crate::backlog::ScopeState;
use crate::budget::{Budget, SCAN_MS_MAX};
use crate::chain::Chain;
use crate::filter::Filter;
use crate::scope::Scope;
use crate::stored::{Page, PageRequest, StoredMessage};
use crate::{Backlog, Cursor, Frame, Recovery};
use access::Access;
use protocol::{Gap, GapReason, OwnHost, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Determines where the backlog of each scope of the added streams starts.
///
/// The cursor is registered already, so that live messages wait. The plan [requests](Self::request)
/// pages of the store, [takes](Self::add_page) them, and is then [finished](Self::finish). Pages are only
/// examined: the backlog reads them again when the socket has room.
#[derive(Debug)]
pub struct BacklogPlan {
    own: OwnHost,
    access: Access,
    until: u64,
    after: Option<u64>,
    budget: Budget,
    plans: Vec<StreamPlan>,
    /// When the first page was requested.
    started_ms: Option<u64>,
}

/// The plan for one scope of an added stream.
#[derive(Debug)]
pub(crate) struct StreamPlan {
    pub(crate) stream: Stream,
    pub(crate) scope: Scope,
    pub(crate) filter: Option<Arc<Filter>>,
    /// How many of the newest messages are wanted, unless everything after a position is …
    pub(crate) last: usize,
    /// … and none up to here, since the viewer has received them.
    pub(crate) received: u64,
    /// Those of them that are in the ring.
    pub(crate) in_ring: InRing,
    /// Messages up to here may have left the ring, of those that may be seen.
    pub(crate) floor: u64,
    /// The newest one that is known to have left it, visible or not.
    pub(crate) known_floor: u64,
    /// The scope's last `seq` of the backlog, 0 if it is not known.
    pub(crate) newest: u64,
    pub(crate) start: StreamStart,
    pub(crate) loss: Option<GapReason>,
    /// What it has taken of the budget of all scopes.
    pub(crate) taken: Budget,
}

/// The newest messages in the ring that pass the filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct InRing {
    pub(crate) count: usize,
    pub(crate) oldest: Option<u64>,
    /// With several hosts, the `seq` after which each one's start.
    pub(crate) hosts: BTreeMap<Box<str>, u64>,
    /// The same for the own host.
    pub(crate) own_start: Option<u64>,
}

/// Where a scope's backlog starts.
#[derive(Debug)]
pub(crate) enum StreamStart {
    /// After this `seq`.
    Found(u64),
    /// After the requested position, if everything from there to the ring is stored; it is up to `seen`.
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
            scopes: vec![(self.stream, self.scope.clone())],
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
                // What the store lost after this position may still be in the ring.
                let floor = page.floor(0).min(self.floor);
                if self
                    .scope
                    .newest_visible(self.stream, context.access, floor)
                    > *seen
                {
                    return self.report_loss(GapReason::Expired, context, budget);
                }
                let before = *budget;
                for message in &page.messages {
                    let length = || [message.json.len()].into_iter();
                    let is_wanted = context.wants(self.filter.as_deref(), &self.scope, message);
                    *seen = message.position.seq;
                    let is_few = scan.take(length()) && (!is_wanted || budget.take(length()));
                    if !is_few {
                        self.taken.count(before, *budget);
                        return self.report_loss(GapReason::TooFar, context, budget);
                    }
                }
                self.taken.count(before, *budget);
                if is_last {
                    // A message that was published and is not stored yet may have left the ring.
                    let is_whole = page.stored(0) >= self.known_floor.min(context.until);
                    match context.after {
                        Some(after) if is_whole => self.start = StreamStart::Found(after),
                        _ => self.report_loss(GapReason::Expired, context, budget),
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
                    if context.wants(self.filter.as_deref(), &self.scope, message) {
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

    fn report_loss(&mut self, reason: GapReason, context: Context<'_>, budget: &mut Budget) {
        // Others may still be recovered with it.
        budget.give_back(&mut self.taken);
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

/// What the plans of all scopes share.
#[derive(Clone, Copy)]
struct Context<'a> {
    own: &'a OwnHost,
    access: &'a Access,
    until: u64,
    after: Option<u64>,
}

impl Context<'_> {
    /// Whether a viewer of the scope gets a stored message.
    fn wants(&self, filter: Option<&Filter>, scope: &Scope, message: &StoredMessage) -> bool {
        let frame = Frame::stored(message, self.own);
        let (stream, seq) = (frame.stream(), frame.seq());
        scope.contains(frame.chain())
            && match filter {
                Some(filter) => filter.passes(frame.facets(), stream, seq, self.access),
                None => frame.chain() == Chain::Own,
            }
    }
}

impl BacklogPlan {
    pub(crate) fn new(
        own: OwnHost,
        access: Access,
        until: u64,
        after: Option<u64>,
        budget: Budget,
        plans: Vec<StreamPlan>,
    ) -> Self {
        Self {
            own,
            access,
            until,
            after,
            budget,
            plans,
            started_ms: None,
        }
    }

    /// The next page to examine; none if the plan can be finished.
    pub fn request(&self) -> Option<PageRequest> {
        self.plans.iter().find_map(|plan| plan.request(self.until))
    }

    /// The page of [`BacklogPlan::request`] was requested at this time, in any monotonic clock.
    pub fn requested(&mut self, now_ms: u64) {
        self.started_ms.get_or_insert(now_ms);
    }

    /// Takes the page of [`BacklogPlan::request`]. What is not known when the time for scanning is over is too far
    /// away.
    pub fn add_page(&mut self, page: &Page, now_ms: u64) {
        let started_ms = self.started_ms.unwrap_or(now_ms);
        if now_ms.saturating_sub(started_ms) > SCAN_MS_MAX {
            return self.skip_store();
        }
        let context = Context {
            own: &self.own,
            access: &self.access,
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

    /// The filter of what was planned: a channel that the viewer joins meanwhile has no backlog.
    fn filter_of_backlog(&self, plan: &StreamPlan) -> Option<Arc<Filter>> {
        let filter = plan.filter.as_ref()?;
        let plans = self.plans.iter().filter(|it| it.stream == plan.stream);
        let channels = plans.filter_map(|plan| plan.scope.channel());
        let limited = filter.limited_to(channels).map(Arc::new);
        Some(limited.unwrap_or_else(|| Arc::clone(filter)))
    }

    /// The result, once there is no further [request](Self::request).
    pub fn finish(&mut self) -> Recovery {
        self.skip_store();
        let mut cursor = Cursor::default();
        let mut gaps = Vec::new();
        let mut oldest = None;
        let mut scopes = Vec::new();
        for plan in &self.plans {
            let StreamStart::Found(from) = plan.start else {
                continue;
            };
            if let Some(reason) = plan.loss {
                gaps.push(Gap {
                    stream: plan.stream,
                    channel: plan.scope.channel().map(str::to_owned),
                    after: self.after.filter(|_| reason != GapReason::Epoch),
                    before: from + 1,
                    reason,
                });
            }
            if from < self.until {
                let stream = plan.stream;
                // The whole backlog is sent, whatever the interval of live messages.
                cursor.set_filter(stream, self.filter_of_backlog(plan));
                cursor.start(stream, 0);
                cursor.start_scope(stream, &plan.scope, from);
                // After a gap, everything from its end on is sent, of all hosts.
                if self.after.is_none() {
                    let hosts = &plan.in_ring.hosts;
                    let hosts = hosts.iter().map(|(host, from)| (Chain::Host(host), *from));
                    let own = plan.in_ring.own_start.map(|from| (Chain::Own, from));
                    for (chain, from) in own.into_iter().chain(hosts) {
                        cursor.start_chain(stream, chain, from);
                    }
                }
                scopes.push(ScopeState::new(
                    stream,
                    plan.scope.clone(),
                    from,
                    plan.newest,
                ));
                oldest = Some(oldest.map_or(from, |oldest: u64| oldest.min(from)));
            }
        }
        // A scope without a backlog has nothing to be sent.
        for plan in &self.plans {
            let has_backlog = scopes
                .iter()
                .any(|it| it.stream == plan.stream && it.scope == plan.scope);
            if !has_backlog && cursor.streams().contains(plan.stream) {
                cursor.start_scope(plan.stream, &plan.scope, self.until);
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
                Backlog::new(cursor, own, oldest, self.until, scopes)
            }),
            gaps,
        }
    }
}
