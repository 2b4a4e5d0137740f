//! The invariants over a long life of a log: hosts, channels, members that join and leave, retention, restarts, an
//! unavailable store, and viewers that fall behind, resume, and subscribe anew. A naive model says at each step what
//! each viewer may and must receive.

use super::STREAMS;
use super::world::{Key, World};
use crate::{BacklogStep, Batch, Cursor, Frame, Recovery, Scope};
use access::{Access, Span};
use protocol::{Gap, Stream, StreamOptions, Subscribe};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A million takes some minutes in a debug build: `JOURNAL_MODEL_STEPS=1000000` runs so many.
const STEPS: usize = 30_000;

const HOSTS: [&str; 4] = ["", "web-2", "web-3", "web-4"];
const CHANNELS: [&str; 3] = ["r7", "r8", "r9"];
const USERS: usize = 4;
const VIEWERS: usize = 10;

/// A fast generator that is the same everywhere: xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Who may see what: the model of [`Access`].
struct User {
    access: Access,
    spans: Vec<Span>,
    sees_everything: bool,
}

impl User {
    fn sees(&self, key: Key, seq: u64) -> bool {
        key.channel.is_empty()
            || self.sees_everything
            || self.spans.iter().any(|span| {
                (span.stream, &*span.channel) == (key.stream, key.channel)
                    && (span.after + 1..=span.until.unwrap_or(u64::MAX)).contains(&seq)
            })
    }
}

/// A scope in the model: a stream with a channel, or with an empty one.
type ScopeKey = (Stream, &'static str);

#[derive(Default)]
struct Viewer {
    user: usize,
    streams: Vec<(Stream, StreamOptions)>,
    cursor: Cursor,
    recovery: Option<Recovery>,
    /// Where it resumes.
    position: u64,
    /// Of each scope, what was received last, and up to where nothing is missing.
    received: BTreeMap<ScopeKey, u64>,
    accounted: BTreeMap<ScopeKey, u64>,
}

#[derive(Debug, Default)]
struct Counts {
    appended: usize,
    delivered: usize,
    gaps: usize,
    resumed: usize,
    recovered: usize,
    restarts: usize,
    joined: usize,
    left: usize,
    expired: usize,
    replaced: usize,
    /// Of these what was received later.
    received_replaced: usize,
    withheld: usize,
}

impl Viewer {
    fn options(&self, stream: Stream) -> Option<&StreamOptions> {
        let mut streams = self.streams.iter();
        streams.find(|it| it.0 == stream).map(|it| &it.1)
    }

    /// The scope of a message, if the viewer has subscribed to it.
    fn scope_of(&self, key: Key) -> Option<ScopeKey> {
        let options = self.options(key.stream)?;
        let names = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref().map(|list| list.iter().any(|it| it == name))
        };
        let is_wanted = match (key.channel, &options.channels) {
            ("", Some(_)) => false,
            ("", None) => {
                let host = if key.host.is_empty() {
                    "local"
                } else {
                    key.host
                };
                names(&options.hosts, "*") == Some(true)
                    || names(&options.hosts, host).unwrap_or(key.host.is_empty())
            }
            (channel, _) => names(&options.channels, channel) == Some(true),
        };
        is_wanted.then_some((key.stream, key.channel))
    }

    fn scopes(&self) -> Vec<ScopeKey> {
        let mut scopes = Vec::new();
        for (stream, options) in &self.streams {
            match &options.channels {
                None => scopes.push((*stream, "")),
                Some(named) => {
                    let named = CHANNELS
                        .into_iter()
                        .filter(|it| named.iter().any(|n| n == it));
                    scopes.extend(named.map(|channel| (*stream, channel)));
                }
            }
        }
        scopes
    }
}

struct Model {
    world: World,
    users: Vec<User>,
    viewers: Vec<Viewer>,
    random: Random,
    counts: Counts,
    /// The store takes nothing.
    is_outage: bool,
}

impl Model {
    fn new(seed: u64) -> Self {
        let users = (0..USERS).map(|user| {
            let sees_everything = user == 0;
            User {
                access: match sees_everything {
                    true => Access::everything(),
                    false => Access::member([]),
                },
                spans: Vec::new(),
                sees_everything,
            }
        });
        let mut random = Random(seed);
        let mut model = Self {
            world: World::new(8 + random.below(40), true),
            users: users.collect(),
            viewers: (0..VIEWERS)
                .map(|viewer| Viewer {
                    user: viewer % USERS,
                    ..Viewer::default()
                })
                .collect(),
            random,
            counts: Counts::default(),
            is_outage: false,
        };
        for viewer in 0..VIEWERS {
            model.subscribe_anew(viewer);
        }
        model
    }

    fn key(&mut self) -> Key {
        let stream = self.random.of(&STREAMS);
        let channel = match self.random.below(3) {
            0 => self.random.of(&CHANNELS),
            _ => "",
        };
        let host = match stream {
            Stream::Data => self.random.of(&HOSTS),
            _ => "",
        };
        Key {
            stream,
            host,
            channel,
        }
    }

    fn step(&mut self) {
        if self.is_outage {
            match self.random.below(80) {
                0..8 => self.is_outage = false,
                8 => self.world.drop_pending(),
                9 => self.restart(),
                _ => {}
            }
        }
        match self.random.below(1_000) {
            0..=499 => {
                let key = self.key();
                match self.is_outage {
                    true => self.world.append_unstored(key),
                    false => _ = self.world.append(key),
                }
                self.counts.appended += 1;
            }
            500..=859 => {
                let (viewer, frames_max) = (self.random.below(VIEWERS), 1 + self.random.below(6));
                self.read(viewer, frames_max);
            }
            860..=909 => {
                let (viewer, answers) = (self.random.below(VIEWERS), self.random.below(8) > 0);
                self.resume(viewer, answers);
            }
            910..=919 => {
                let viewer = self.random.below(VIEWERS);
                self.subscribe_anew(viewer);
            }
            // Without the store nobody joins or leaves.
            920..=939 if self.is_outage => {}
            920..=939 => self.change_membership(),
            940..=959 => {
                let key = self.key();
                self.world.append_unstored(key);
                self.is_outage = self.random.below(2) == 0;
            }
            960..=962 => self.world.drop_pending(),
            963..=972 => {
                let place = self.random.below(1_000);
                // Shorter ones and longer ones.
                let text = self
                    .random
                    .of(&["test", "a test", "the test of a longer text"]);
                self.counts.replaced += usize::from(self.world.replace(place, text));
            }
            973..=989 => {
                let stream = self.random.of(&STREAMS);
                self.world.expire(stream);
                self.counts.expired += 1;
            }
            990..=993 => self.restart(),
            _ => {
                let viewer = self.random.below(VIEWERS);
                self.catch_up(viewer);
            }
        }
    }

    fn restart(&mut self) {
        let unclean = (self.random.below(2) == 0)
            .then(|| (self.random.of(&STREAMS), self.random.below(2) == 0));
        let refill = self.random.below(12);
        self.world.restart(unclean, refill);
        self.is_outage = false;
        self.counts.restarts += 1;
        for viewer in 0..VIEWERS {
            self.resume(viewer, true);
        }
    }

    /// A member joins or leaves a channel, as a message that it may see says.
    fn change_membership(&mut self) {
        let user = 1 + self.random.below(USERS - 1);
        let (stream, channel) = (self.random.of(&STREAMS), self.random.of(&CHANNELS));
        let has_history = self.random.below(4) == 0;
        let User { access, spans, .. } = &mut self.users[user];
        let open = spans.iter().position(|span| {
            span.until.is_none() && (span.stream, &*span.channel) == (stream, channel)
        });
        let joins = open.is_none();
        let key = Key::own(Stream::Events);
        let seq = self.world.append_after(key, |seq| {
            match open {
                Some(index) => spans[index].until = Some(seq),
                None => spans.push(Span {
                    stream,
                    channel: channel.into(),
                    after: if has_history { 0 } else { seq },
                    until: None,
                }),
            }
            access.replace(spans.iter().cloned());
        });
        // Nobody stays a member forever, so the list stays short.
        if spans.len() > 12 {
            let dropped = spans.iter().position(|span| span.until.is_some());
            dropped.map(|index| spans.remove(index));
            access.replace(spans.iter().cloned());
        }
        self.counts.joined += usize::from(joins);
        self.counts.left += usize::from(!joins);
        if joins && has_history {
            // What is visible now and was not when it was passed is not sent to those who are past it.
            for viewer in self.viewers.iter_mut().filter(|it| it.user == user) {
                let accounted = viewer.accounted.entry((stream, channel)).or_default();
                *accounted = seq.max(*accounted);
            }
        }
    }

    /// Disconnects, and subscribes to something else.
    fn subscribe_anew(&mut self, viewer: usize) {
        let mut streams = Vec::new();
        for stream in STREAMS {
            let mut options = StreamOptions {
                last: Some(self.random.below(5) as u32),
                ..StreamOptions::default()
            };
            match self.random.below(6) {
                0 => continue,
                1 => options.hosts = Some(vec!["*".into()]),
                2 => options.hosts = Some(vec!["web-2".into(), "local".into()]),
                3 => options.channels = Some(vec!["r7".into()]),
                4 => options.channels = Some(vec!["r8".into(), "r9".into()]),
                _ => {}
            }
            streams.push((stream, options));
        }
        let streams = protocol::sorted_streams(streams);
        self.viewers[viewer] = Viewer {
            user: self.viewers[viewer].user,
            streams,
            ..Viewer::default()
        };
        self.subscribe(viewer, None, true);
        let it = &mut self.viewers[viewer];
        let (head, starts_at) = it
            .recovery
            .as_ref()
            .map_or((0, 0), |it| (it.head, it.starts_at));
        it.position = starts_at;
        for scope in it.scopes() {
            it.accounted.insert(scope, head);
        }
    }

    /// Returns the gaps.
    fn subscribe(&mut self, viewer: usize, after: Option<u64>, store_answers: bool) -> Vec<Gap> {
        let it = &mut self.viewers[viewer];
        let access = &self.users[it.user].access;
        it.cursor = Cursor::default();
        let subscribe = Subscribe {
            streams: it.streams.clone(),
            epoch: after.map(|_| "e".into()),
            after,
        };
        let mut plan = self.world.log.subscribe(&mut it.cursor, access, &subscribe);
        while let Some(request) = plan.request().filter(|_| store_answers) {
            plan.add_page(&self.world.read(&request, access), 0);
        }
        let mut recovery = plan.finish();
        let gaps = std::mem::take(&mut recovery.gaps);
        it.recovery = Some(recovery);
        for gap in &gaps {
            self.take_gap(viewer, gap);
        }
        gaps
    }

    fn resume(&mut self, viewer: usize, store_answers: bool) {
        let it = &mut self.viewers[viewer];
        let after = it.position;
        // All that it should have received up to there has arrived, or was reported.
        for scope in it.scopes() {
            self.check_accounted(viewer, scope, after);
        }
        let it = &mut self.viewers[viewer];
        for scope in it.scopes() {
            it.accounted.insert(scope, after);
            it.received.insert(scope, after);
        }
        // Of what it may not see, nothing is lost to it.
        let user = &self.users[it.user];
        let scopes = it.scopes().into_iter();
        let mut is_stored = scopes.map(|(stream, channel)| {
            let scope = match channel {
                "" => Scope::Public(crate::Hosts::All),
                channel => Scope::Channel(channel.into()),
            };
            let key = Key {
                channel,
                ..Key::own(stream)
            };
            let floor = self.world.floor(stream, &scope);
            !(after + 1..=floor).any(|seq| user.sees(key, seq))
        });
        let must_recover = store_answers
            && self.world.has_no_pending()
            && is_stored.all(|it| it)
            && !self.world.log.is_in_jump(after);
        let gaps = self.subscribe(viewer, Some(after), store_answers);
        let recovery = self.viewers[viewer].recovery.as_ref();
        let recovered = recovery.and_then(|it| it.recovered) == Some(true);
        assert!(
            recovered || !must_recover,
            "all after {after} was stored: {gaps:?}"
        );
        self.counts.resumed += 1;
        self.counts.recovered += usize::from(recovered);
    }

    fn catch_up(&mut self, viewer: usize) {
        while self.read(viewer, 50) {}
        let head = self.world.log.head();
        for scope in self.viewers[viewer].scopes() {
            self.check_accounted(viewer, scope, head);
        }
    }

    /// Whether anything was left to read.
    fn read(&mut self, viewer: usize, frames_max: usize) -> bool {
        if let Some(is_left) = self.read_backlog(viewer, frames_max) {
            return is_left;
        }
        let it = &mut self.viewers[viewer];
        let access = &self.users[it.user].access;
        let before = it.cursor.position();
        if self.random.below(2) == 0 {
            // As the sweep does.
            let batch: Batch = self.world.log.batch(before);
            let mut chosen = Vec::new();
            if it.cursor.choose_from(&batch, access, 0, &mut chosen) {
                let frames: Vec<_> = chosen
                    .into_iter()
                    .map(|index| Arc::clone(&batch.frames[index]))
                    .collect();
                return self.send(viewer, &frames, batch.head) || batch.head > before;
            }
        }
        let result = self.world.log.read(&mut it.cursor, access, frames_max, 0);
        if !result.gaps.is_empty() {
            for gap in &result.gaps {
                self.take_gap(viewer, gap);
            }
            return true;
        }
        self.send(viewer, &result.frames, result.up_to) || result.up_to > before
    }

    /// The socket takes frames up to some point; returns whether that was not all.
    fn send(&mut self, viewer: usize, frames: &[Arc<Frame>], up_to: u64) -> bool {
        let taken = self.random.below(frames.len() + 1);
        let taken = if self.random.below(4) == 0 {
            taken
        } else {
            frames.len()
        };
        for frame in &frames[..taken] {
            self.viewers[viewer].cursor.sent(frame, 0);
            self.viewers[viewer].cursor.advance_to(frame.seq());
            // What a backlog has read before is sent as it was then.
            if let Some(json) = self.world.replaced.get(&frame.seq()) {
                assert_eq!(frame.json(), json, "a former text");
                self.counts.received_replaced += 1;
            }
            self.take_frame(viewer, frame);
        }
        if taken == frames.len() {
            self.viewers[viewer].cursor.advance_to(up_to);
        }
        taken < frames.len()
    }

    fn read_backlog(&mut self, viewer: usize, frames_max: usize) -> Option<bool> {
        let it = &mut self.viewers[viewer];
        let access = &self.users[it.user].access;
        let backlog = it.recovery.as_mut()?.backlog.as_mut()?;
        match backlog.read(&self.world.log, access, frames_max) {
            BacklogStep::Done => {
                let head = it.recovery.take()?.head;
                for scope in it.scopes() {
                    self.check_accounted(viewer, scope, head);
                }
                return Some(true);
            }
            BacklogStep::Fetch(request) => {
                backlog.add_page(&request, &self.world.read(&request, access));
            }
            BacklogStep::Send(result) if !result.gaps.is_empty() => {
                for gap in &result.gaps {
                    self.take_gap(viewer, gap);
                }
            }
            BacklogStep::Send(result) => {
                let frames = result.frames.len();
                let taken = match self.random.below(4) {
                    0 => self.random.below(frames + 1),
                    _ => frames,
                };
                for frame in &result.frames[..taken] {
                    self.take_frame(viewer, frame);
                }
                let up_to = match taken == frames {
                    true => Some(result.up_to),
                    false => result.frames[..taken].last().map(|last| last.seq()),
                };
                let backlog = self.viewers[viewer].recovery.as_mut()?.backlog.as_mut()?;
                if let Some(up_to) = up_to {
                    backlog.advance_to(up_to);
                }
            }
        }
        Some(true)
    }

    fn take_frame(&mut self, viewer: usize, frame: &Frame) {
        let seq = frame.seq();
        let key = self.world.sent[&seq];
        let it = &self.viewers[viewer];
        assert!(self.users[it.user].sees(key, seq), "{key:?} {seq} leaks");
        let scope = it.scope_of(key).expect("it has subscribed to it");
        let received = self.viewers[viewer].received.insert(scope, seq);
        assert!(received.is_none_or(|it| it < seq), "twice or out of order");
        self.check_accounted(viewer, scope, seq - 1);
        let it = &mut self.viewers[viewer];
        let accounted = it.accounted.entry(scope).or_default();
        *accounted = seq.max(*accounted);
        it.position = it.position.max(seq);
        self.counts.delivered += 1;
    }

    fn take_gap(&mut self, viewer: usize, gap: &Gap) {
        let channel = CHANNELS
            .into_iter()
            .find(|channel| Some(*channel) == gap.channel.as_deref());
        let scope = (gap.stream, channel.unwrap_or_default());
        if let Some(after) = gap.after {
            self.check_accounted(viewer, scope, after);
        }
        let it = &mut self.viewers[viewer];
        assert!(it.scopes().contains(&scope));
        let accounted = it.accounted.entry(scope).or_default();
        *accounted = (gap.before - 1).max(*accounted);
        self.counts.gaps += 1;
    }

    /// Nothing that the viewer subscribes to and may see is missing in a scope up to here.
    fn check_accounted(&mut self, viewer: usize, scope: ScopeKey, up_to: u64) {
        let it = &self.viewers[viewer];
        let accounted = it.accounted.get(&scope).copied().unwrap_or(0);
        if accounted >= up_to {
            return;
        }
        for (seq, key) in self.world.sent.range(accounted + 1..=up_to) {
            let is_wanted = it.scope_of(*key) == Some(scope);
            let is_visible = self.users[it.user].sees(*key, *seq);
            self.counts.withheld += usize::from(is_wanted && !is_visible);
            assert!(
                !is_wanted || !is_visible,
                "viewer {viewer} lacks {key:?} {seq}, which is in no gap"
            );
        }
        self.viewers[viewer].accounted.insert(scope, up_to);
    }
}

#[test]
fn nothing_leaks_and_nothing_is_lost_silently() {
    let steps = std::env::var("JOURNAL_MODEL_STEPS")
        .map_or(STEPS, |steps| steps.parse().expect("a number of steps"));
    const STEPS_PER_WORLD: usize = 5_000;
    let mut total = Counts::default();
    for seed in 1..=steps.div_ceil(STEPS_PER_WORLD) as u64 {
        let mut model = Model::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..STEPS_PER_WORLD.min(steps) {
            model.step();
        }
        for viewer in 0..VIEWERS {
            model.catch_up(viewer);
        }
        let Counts {
            appended,
            delivered,
            gaps,
            resumed,
            recovered,
            restarts,
            joined,
            left,
            expired,
            replaced,
            received_replaced,
            withheld,
        } = model.counts;
        total.appended += appended;
        total.delivered += delivered;
        total.gaps += gaps;
        total.resumed += resumed;
        total.recovered += recovered;
        total.restarts += restarts;
        total.joined += joined;
        total.left += left;
        total.expired += expired;
        total.replaced += replaced;
        total.received_replaced += received_replaced;
        total.withheld += withheld;
    }
    println!("{steps} steps: {total:?}");
    let Counts {
        delivered,
        gaps,
        recovered,
        left,
        received_replaced,
        withheld,
        ..
    } = total;
    assert!(
        [
            delivered,
            gaps,
            recovered,
            left,
            received_replaced,
            withheld
        ]
        .iter()
        .all(|it| *it > 0)
    );
}
