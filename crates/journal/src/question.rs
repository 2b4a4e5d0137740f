use crate::behind::{Ask, Kept, Page};
use crate::budget::Budget;
use crate::filter::{Facets, Filter, is_own};
use crate::{Answer, Backlog, Cursor, StreamSet};
use protocol::{Durable, Gap, GapReason, OwnHost, Stream};
use std::collections::BTreeMap;

/// A subscription whose answer depends on what lies behind the ring.
///
/// Its cursor is registered already, so that live messages wait for it. It [asks](Self::ask) for
/// pages of the past, is [given](Self::take) them, and then has its [answer](Self::answer). Pages
/// are looked at and let go: what is to be sent is read again when there is room for it.
#[derive(Debug)]
pub struct Question {
    own: OwnHost,
    until: u64,
    after: Option<u64>,
    budget: Budget,
    parts: Vec<Part>,
}

/// What a subscription means for one stream that it adds.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) stream: Stream,
    pub(crate) filter: Option<Filter>,
    /// So many of the newest are wanted, if not everything beyond a position …
    pub(crate) last: usize,
    /// … and none up to here, which the viewer has.
    pub(crate) had: u64,
    /// What the ring has of these.
    pub(crate) in_ring: InRing,
    /// Messages up to here have left the ring.
    pub(crate) floor: u64,
    /// The stream's last number of the past that is asked for, if it is known.
    pub(crate) newest: u64,
    pub(crate) place: Place,
    pub(crate) loss: Option<GapReason>,
}

/// The newest messages that pass, as far as the ring has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct InRing {
    pub(crate) count: usize,
    pub(crate) oldest: Option<u64>,
    /// Where each host's begin, if they are of several: the other hosts' names, empty for the own one.
    pub(crate) hosts: BTreeMap<Box<str>, u64>,
}

/// Where a stream begins for the viewer.
#[derive(Debug)]
pub(crate) enum Place {
    /// Behind this.
    Found(u64),
    /// Behind the position asked for, if the chain from there to the ring is whole. Up to `seen`
    /// it is.
    Checking { seen: u64, scan: Budget },
    /// Further back than the ring reaches, by so many messages. Everything from `before` on has
    /// been looked at.
    Counting {
        missing: usize,
        before: u64,
        oldest: Option<u64>,
        budget: Budget,
    },
}

impl Part {
    /// Begins with the newest, from the store as well if there is one.
    pub(crate) fn count_back(&mut self, until: u64, has_store: bool) {
        let InRing { count, oldest, .. } = self.in_ring;
        let missing = self.last.saturating_sub(count);
        self.place = if has_store && missing > 0 && self.floor > self.had {
            Place::Counting {
                missing,
                before: self.floor.min(until) + 1,
                oldest,
                budget: Budget::default(),
            }
        } else {
            Place::Found(oldest.map_or(until, |oldest| oldest - 1))
        };
    }

    /// Whether it begins with its newest, and not with what lies beyond a position.
    fn begins_with_last(&self, after: Option<u64>) -> bool {
        after.is_none() || self.loss.is_some()
    }

    pub(crate) fn is_found(&self) -> bool {
        matches!(self.place, Place::Found(_))
    }

    fn ask(&self, until: u64) -> Option<Ask> {
        let (after, until, newest_first) = match self.place {
            Place::Found(_) => return None,
            Place::Checking { seen, .. } => (seen, self.floor.min(until), false),
            Place::Counting { before, .. } => (self.had, before - 1, true),
        };
        Some(Ask {
            streams: StreamSet::from_iter([self.stream]),
            after,
            until,
            newest_first,
        })
    }

    fn take(&mut self, page: &Page, asked: Asked<'_>, budget: &mut Budget) {
        // A page that brings nothing brings us no further, whatever it says.
        let is_last = page.is_last || page.messages.is_empty();
        match &mut self.place {
            Place::Found(_) => {}
            Place::Checking { seen, scan } => {
                for message in &page.messages {
                    let is_whole = message.position.prev <= *seen;
                    let length = || [message.json.len()].into_iter();
                    let is_wanted = || passes(self.filter.as_ref(), message, asked.own);
                    let is_few = scan.take(length()) && (!is_wanted() || budget.take(length()));
                    if !is_whole || !is_few {
                        let reason = if is_whole {
                            GapReason::TooFar
                        } else {
                            GapReason::Expired
                        };
                        return self.lose(reason, asked);
                    }
                    *seen = message.position.seq;
                }
                if is_last {
                    let is_whole = *seen >= self.floor || self.floor > asked.until;
                    match asked.after {
                        Some(after) if is_whole => self.place = Place::Found(after),
                        _ => self.lose(GapReason::Expired, asked),
                    }
                }
            }
            Place::Counting {
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
                    if passes(self.filter.as_ref(), message, asked.own) {
                        *missing -= 1;
                        *oldest = Some(message.position.seq);
                    }
                }
                if is_done || *missing == 0 {
                    self.place = Place::Found(oldest.map_or(asked.until, |oldest| oldest - 1));
                }
            }
        }
    }

    fn lose(&mut self, reason: GapReason, asked: Asked<'_>) {
        self.loss = Some(reason);
        self.last = self.last.max(1);
        self.count_back(asked.until, true);
    }

    /// The store does not answer: what the ring has must do.
    fn give_up(&mut self, until: u64) {
        match self.place {
            Place::Found(_) => return,
            Place::Checking { .. } => self.loss = Some(GapReason::TooFar),
            Place::Counting { .. } => {}
        }
        self.count_back(until, false);
    }
}

/// What all parts of a question share.
#[derive(Clone, Copy)]
struct Asked<'a> {
    own: &'a OwnHost,
    until: u64,
    after: Option<u64>,
}

fn passes(filter: Option<&Filter>, message: &Kept, own: &OwnHost) -> bool {
    let Some(filter) = filter else {
        // Whole messages need not be read for this.
        return is_own(&message.json, own);
    };
    let message = Durable::from_json(&message.json);
    message.is_ok_and(|message| filter.passes(&Facets::of(&message, own)))
}

impl Question {
    pub(crate) fn new(
        own: OwnHost,
        until: u64,
        after: Option<u64>,
        budget: Budget,
        parts: Vec<Part>,
    ) -> Self {
        Self {
            own,
            until,
            after,
            budget,
            parts,
        }
    }

    /// What must be known before there is an answer.
    pub fn ask(&self) -> Option<Ask> {
        self.parts.iter().find_map(|part| part.ask(self.until))
    }

    /// Takes the answer to [`Question::ask`].
    pub fn take(&mut self, page: &Page) {
        let asked = Asked {
            own: &self.own,
            until: self.until,
            after: self.after,
        };
        if let Some(part) = self.parts.iter_mut().find(|part| !part.is_found()) {
            part.take(page, asked, &mut self.budget);
        }
    }

    /// Nothing more can be asked: what is not known by now is a gap.
    pub fn give_up(&mut self) {
        for part in &mut self.parts {
            part.give_up(self.until);
        }
    }

    /// The answer, once nothing is left to [ask](Self::ask).
    pub fn answer(&mut self) -> Answer {
        self.give_up();
        let mut cursor = Cursor::default();
        let mut gaps = Vec::new();
        let mut oldest = None;
        let mut newest = [0; Stream::COUNT];
        for part in &self.parts {
            let Place::Found(from) = part.place else {
                continue;
            };
            if let Some(reason) = part.loss {
                gaps.push(Gap {
                    stream: part.stream,
                    after: self.after.filter(|_| reason != GapReason::Epoch),
                    before: from + 1,
                    reason,
                });
            }
            if from < self.until {
                // The whole past that was asked for is sent, whatever the interval from then on.
                cursor.set_filter(part.stream, part.filter.clone());
                cursor.start(part.stream, from);
                if part.begins_with_last(self.after) {
                    for (host, &from) in &part.in_ring.hosts {
                        cursor.start_host(part.stream, host.clone(), from);
                    }
                }
                newest[part.stream.index()] = part.newest;
                oldest = Some(oldest.map_or(from, |oldest: u64| oldest.min(from)));
            }
        }
        // Whoever is cut off before the gaps must hear of them when it comes back.
        let lost_after = gaps.iter().filter_map(|gap| gap.after);
        Answer {
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
