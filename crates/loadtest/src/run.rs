use crate::log::Marks;
use crate::messages::Messages;
use crate::plan::InvalidPlan;
use crate::process::Usage;
use crate::random::Random;
use crate::report::Report;
use crate::rubbish::Rubbish;
use crate::socket::{self, TooFewFiles};
use crate::tally::{End, Tally};
use crate::viewer::{Link, Role, Shared, Viewer};
use crate::{Plan, Window};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token};
use protocol::CloseCode;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

/// How long a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long the server may take, after the window, to hand over what it still owes.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// How long answers to `subscribe` are waited for, from a server that gives any.
const SUBSCRIBED_LIMIT: Duration = Duration::from_secs(5);

/// After an end that we did not want; like a page, not all at once.
const RECONNECT_MEAN: Duration = Duration::from_millis(500);

/// How often a slow viewer reads.
const SLOW_TICK: Duration = Duration::from_millis(250);

/// How long the answer to rubbish is waited for.
const RUBBISH_PATIENCE: Duration = Duration::from_secs(2);

/// Sockets that become ready at once wait for each other; more of them in one batch save calls.
const EVENTS_MAX: usize = 1_024;

const BUFFER_BYTES: usize = 64 << 10;

/// Why a plan could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan asks for something impossible.
    #[error(transparent)]
    Plan(#[from] InvalidPlan),
    /// Too many sockets.
    #[error(transparent)]
    Files(#[from] TooFewFiles),
    /// The system's doing.
    #[error("watch sockets")]
    Poll(#[from] io::Error),
}

/// Carries out a plan, on this thread.
pub fn run(plan: &Plan) -> Result<Report, RunError> {
    plan.check()?;
    socket::raise_open_files(plan.everybody())?;
    let mut run = Run::new(plan)?;
    let mut usage = Usage::new(plan.pid);
    run.connect()?;
    run.settle()?;
    usage.window_starts();
    run.measure()?;
    usage.window_ended();
    let marks = run.drain()?;
    Ok(Report::new(
        plan,
        &run.viewers,
        &run.shared.tally,
        &marks,
        &usage,
    ))
}

struct Run<'a> {
    shared: Shared<'a>,
    poll: Poll,
    viewers: Vec<Viewer>,
    /// Who is to connect, in order, as fast as the plan allows.
    waiting: VecDeque<usize>,
    next_connect_at: Instant,
    /// When something is to happen to somebody. An entry counts only if it is the viewer's
    /// `wake_at`, so changing one's mind costs nothing.
    wakes: BinaryHeap<Reverse<(Instant, usize)>>,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan) -> io::Result<Self> {
        let mut random = Random::new(plan.seed);
        let roles = [
            (Role::Steady, plan.viewers),
            (Role::Churn, plan.churn),
            (Role::Slow, plan.slow),
            (Role::Stalled, plan.stalled),
        ];
        let mut viewers: Vec<Viewer> = roles
            .into_iter()
            .flat_map(|(role, count)| std::iter::repeat_n(role, count))
            .enumerate()
            .map(|(index, role)| Viewer::new(index, role))
            .collect();
        for index in viewers.len()..plan.everybody() {
            let kind = Rubbish::any(&mut random);
            viewers.push(Viewer::new(index, Role::Rubbish(kind)));
        }
        Ok(Self {
            shared: Shared {
                plan,
                messages: Messages::new(),
                tally: Tally::new(),
                random,
                buffer: vec![0; BUFFER_BYTES],
            },
            poll: Poll::new()?,
            viewers,
            waiting: VecDeque::new(),
            next_connect_at: Instant::now(),
            wakes: BinaryHeap::new(),
        })
    }

    /// Connects everybody but those who speak rubbish, and waits until each has tried once.
    fn connect(&mut self) -> io::Result<()> {
        let honest = self.shared.plan.everybody() - self.shared.plan.rubbish;
        self.waiting.extend(0..honest);
        let limit =
            HANDSHAKE_LIMIT + Duration::from_secs(honest as u64) / self.shared.plan.connects_per_s;
        let start = Instant::now();
        let mut tried = 0;
        while tried < honest && start.elapsed() < limit {
            self.turn()?;
            // Whoever is up or has failed stays so or comes back later; a cursor suffices.
            while tried < honest && self.has_tried(tried) {
                tried += 1;
            }
        }
        Ok(())
    }

    fn has_tried(&self, index: usize) -> bool {
        let viewer = &self.viewers[index];
        viewer.was_ever_up || viewer.link.is_none() && viewer.wake_at.is_some()
    }

    /// Lets the server come to rest.
    fn settle(&mut self) -> io::Result<()> {
        let start = Instant::now();
        let plan = self.shared.plan;
        while start.elapsed() < plan.settle {
            self.turn()?;
        }
        // A server that answers no `subscribe` is not waited for.
        let answers = (plan.viewers + plan.churn) as u64;
        while (1..answers).contains(&self.shared.tally.subscribed)
            && start.elapsed() < SUBSCRIBED_LIMIT
        {
            self.turn()?;
        }
        Ok(())
    }

    fn measure(&mut self) -> io::Result<()> {
        let start = Instant::now();
        self.shared.tally.measuring = true;
        self.start_faults(start);
        let window = self.shared.plan.window;
        let enough = |run: &Self| match window {
            Window::Time(_) => false,
            Window::Messages { count, .. } => run.shared.tally.messages >= count,
        };
        while start.elapsed() < window.limit() && !enough(self) {
            self.turn()?;
        }
        self.shared.tally.measuring = false;
        Ok(())
    }

    fn start_faults(&mut self, now: Instant) {
        let plan = self.shared.plan;
        for index in 0..self.viewers.len() {
            match self.viewers[index].role {
                Role::Steady => {
                    if let Some(cut) = plan.cut {
                        self.viewers[index].link = None;
                        self.wake(index, now + cut);
                    }
                }
                Role::Churn => {
                    let stay = self.shared.random.around(churn_mean(plan));
                    self.wake(index, now + stay);
                }
                Role::Rubbish(_) => self.waiting.push_back(index),
                Role::Slow | Role::Stalled => {}
            }
        }
    }

    /// Waits until everybody has what anybody had when the window ended, and returns that.
    fn drain(&mut self) -> io::Result<Marks> {
        let start = Instant::now();
        let plan = self.shared.plan;
        let marks = self
            .shared
            .tally
            .logs
            .iter()
            .map(|(epoch, log)| (*epoch, log.newest()))
            .collect();
        for index in 0..self.viewers.len() {
            let viewer = &mut self.viewers[index];
            match viewer.role {
                // No more faults: whoever is away comes back now, whoever is here stays.
                Role::Churn => {
                    viewer.wake_at = None;
                    if viewer.link.is_none() && !self.waiting.contains(&index) {
                        self.waiting.push_back(index);
                    }
                }
                Role::Rubbish(_) => {
                    viewer.link = None;
                    viewer.wake_at = None;
                }
                Role::Steady | Role::Slow | Role::Stalled => {}
            }
        }
        let mut behind = 0;
        while plan.chained() && start.elapsed() < DRAIN_LIMIT {
            // Who has arrived stays arrived; a cursor suffices.
            while behind < self.viewers.len() && self.has_all(behind, &marks) {
                behind += 1;
            }
            if behind == self.viewers.len() {
                break;
            }
            self.turn()?;
        }
        Ok(marks)
    }

    fn has_all(&self, index: usize, marks: &Marks) -> bool {
        let viewer = &self.viewers[index];
        let mark = marks.get(&viewer.epoch).copied().unwrap_or_default();
        !viewer.role.is_checked_to_the_end()
            || self.shared.plan.streams.iter().all(|stream| {
                let newest = mark[stream.index()];
                newest == 0 || viewer.chain.reached(*stream) >= Some(newest)
            })
    }

    /// One turn of the loop: whatever is due, then whatever the sockets have.
    fn turn(&mut self) -> io::Result<()> {
        let now = Instant::now();
        self.connect_waiting(now)?;
        self.wake_due(now);
        let mut events = Events::with_capacity(EVENTS_MAX);
        match self.poll.poll(&mut events, Some(self.timeout(now))) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            self.socket_ready(event);
        }
        Ok(())
    }

    /// The loop's conditions are looked at least this often.
    fn timeout(&self, now: Instant) -> Duration {
        let wake = self.wakes.peek().map(|Reverse((at, _))| *at);
        let connect = (!self.waiting.is_empty()).then_some(self.next_connect_at);
        [wake, connect]
            .into_iter()
            .flatten()
            .map(|at| at.saturating_duration_since(now))
            .fold(Duration::from_millis(20), Duration::min)
    }

    fn connect_waiting(&mut self, now: Instant) -> io::Result<()> {
        let interval = Duration::from_secs(1) / self.shared.plan.connects_per_s;
        // Time not used is not saved up for a burst, but for what one late turn missed.
        self.next_connect_at = self.next_connect_at.max(now - Duration::from_millis(20));
        while self.next_connect_at <= now {
            let Some(index) = self.waiting.pop_front() else {
                break;
            };
            self.next_connect_at += interval;
            let plan = self.shared.plan;
            let viewer = &mut self.viewers[index];
            viewer.was_up = false;
            let small = matches!(viewer.role, Role::Slow | Role::Stalled);
            match socket::dial(plan.target.address, index, small) {
                Ok(mut socket) => {
                    self.poll.registry().register(
                        &mut socket,
                        Token(index),
                        Interest::READABLE | Interest::WRITABLE,
                    )?;
                    viewer.link = Some(Link::new(socket, now));
                    self.wake(index, now + HANDSHAKE_LIMIT);
                }
                Err(error) => self.ended(index, error.into()),
            }
        }
        Ok(())
    }

    fn wake(&mut self, index: usize, at: Instant) {
        self.viewers[index].wake_at = Some(at);
        self.wakes.push(Reverse((at, index)));
    }

    fn wake_due(&mut self, now: Instant) {
        while let Some(Reverse((at, index))) = self.wakes.peek().copied() {
            if at > now {
                break;
            }
            self.wakes.pop();
            if self.viewers[index].wake_at == Some(at) {
                self.viewers[index].wake_at = None;
                self.woken(index, now);
            }
        }
    }

    /// It is time for a viewer to come back, to give up, to drop off or to read a little.
    fn woken(&mut self, index: usize, now: Instant) {
        let viewer = &mut self.viewers[index];
        match (viewer.role, &viewer.link) {
            (_, None) => self.waiting.push_back(index),
            (Role::Rubbish(_), Some(_)) => self.ended(index, End::OnPurpose),
            (_, Some(link)) if !link.is_ready() => self.ended(index, End::TimedOut),
            (Role::Churn, Some(_)) => self.ended(index, End::OnPurpose),
            (Role::Slow, Some(_)) => {
                let bytes = self.shared.plan.slow_bytes_per_s as u128 * SLOW_TICK.as_millis();
                let bytes = (bytes / 1_000).max(1) as usize;
                let outcome = viewer.readable(&mut self.shared, bytes, false);
                self.wake(index, now + SLOW_TICK);
                if let Err(end) = outcome {
                    self.ended(index, end);
                }
            }
            (Role::Steady | Role::Stalled, Some(_)) => {}
        }
    }

    fn socket_ready(&mut self, event: &Event) {
        let index = event.token().0;
        let viewer = &mut self.viewers[index];
        let was_ready = viewer.is_ready();
        let ended = event.is_read_closed() || event.is_error();
        let outcome = match viewer.role {
            Role::Stalled if was_ready && ended => Err(End::Eof),
            Role::Stalled | Role::Slow if was_ready => Ok(()),
            _ => Ok(())
                .and_then(|()| match event.is_writable() {
                    true => viewer.writable(&mut self.shared),
                    false => Ok(()),
                })
                .and_then(|()| match event.is_readable() || ended {
                    true => viewer.readable(&mut self.shared, usize::MAX, ended),
                    false => Ok(()),
                }),
        };
        let became_ready = !was_ready && viewer.is_ready();
        match outcome {
            Err(end) => self.ended(index, end),
            Ok(()) if became_ready => self.became_ready(index),
            Ok(()) => {}
        }
    }

    fn became_ready(&mut self, index: usize) {
        let now = Instant::now();
        self.viewers[index].wake_at = None;
        match self.viewers[index].role {
            Role::Churn if self.shared.tally.measuring => {
                let stay = self.shared.random.around(churn_mean(self.shared.plan));
                self.wake(index, now + stay);
            }
            Role::Slow => self.wake(index, now + SLOW_TICK),
            Role::Rubbish(_) => self.wake(index, now + RUBBISH_PATIENCE),
            Role::Steady | Role::Churn | Role::Stalled => {}
        }
    }

    /// A connection came to its end, or to none: count it, and plan the next one.
    fn ended(&mut self, index: usize, end: End) {
        let now = Instant::now();
        let viewer = &mut self.viewers[index];
        viewer.link = None;
        viewer.wake_at = None;
        let tally = &mut self.shared.tally;
        let away = match viewer.role {
            Role::Rubbish(kind) => {
                *tally
                    .rubbish
                    .entry(kind)
                    .or_default()
                    .entry(end.to_string())
                    .or_default() += 1;
                viewer.role = Role::Rubbish(Rubbish::any(&mut self.shared.random));
                Duration::from_millis(50)
            }
            Role::Stalled if viewer.was_up => {
                tally.stalled_dropped += 1;
                tally.stalled_dropped_last = Some(now);
                return;
            }
            Role::Churn if end == End::OnPurpose => {
                self.shared.random.around(churn_mean(self.shared.plan) / 2)
            }
            Role::Steady | Role::Churn | Role::Slow | Role::Stalled => {
                let counts = if viewer.was_up {
                    &mut tally.closes
                } else {
                    &mut tally.failed_connects
                };
                *counts.entry(end.to_string()).or_default() += 1;
                if matches!(end, End::Closed(code) if CloseCode::is_final(code)) {
                    return;
                }
                self.shared.random.around(RECONNECT_MEAN)
            }
        };
        self.wake(index, now + away);
    }
}

fn churn_mean(plan: &Plan) -> Duration {
    Duration::from_millis(plan.churn_ms)
}
