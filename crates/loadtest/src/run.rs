mod event_loop;

use crate::malformed::Malformed;
use crate::message_cache::MessageCache;
use crate::plan::InvalidPlan;
use crate::process::Usage;
use crate::random::Random;
use crate::report::Report;
use crate::seen::EpochHeads;
use crate::socket::{self, TooFewFiles};
use crate::tally::Tally;
use crate::viewer::{Role, Shared, Viewer};
use crate::wire;
use crate::{Plan, Window};
use mio::Poll;
use rustls::ClientConfig;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long the server may take, after the window, to deliver the rest. On a busy machine this takes
/// seconds, which is slow, but no loss.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// How long to wait for all responses to `subscribe`, once the server has sent one.
const SUBSCRIBED_LIMIT: Duration = Duration::from_secs(5);

const BUFFER_BYTES: usize = 64 << 10;

/// Why a plan could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan is invalid.
    #[error(transparent)]
    Plan(#[from] InvalidPlan),
    /// Too many sockets.
    #[error(transparent)]
    Files(#[from] TooFewFiles),
    /// A system call failed.
    #[error("watch sockets")]
    Poll(#[from] io::Error),
}

/// Carries out a plan, on this thread.
pub fn run(plan: &Plan) -> Result<Report, RunError> {
    plan.check()?;
    socket::raise_open_files(plan.connections_total())?;
    let mut run = Run::new(plan)?;
    let mut usage = Usage::new(plan.pid);
    run.connect()?;
    run.settle()?;
    usage.window_starts();
    run.measure()?;
    usage.window_ended();
    let expected_heads = run.drain()?;
    Ok(Report::new(
        plan,
        &run.viewers,
        &run.shared.tally,
        &expected_heads,
        &usage,
    ))
}

struct Run<'a> {
    shared: Shared<'a>,
    poll: Poll,
    /// For a target with TLS.
    tls: Option<Arc<ClientConfig>>,
    viewers: Vec<Viewer>,
    /// Viewers to connect, in order, as fast as the plan allows.
    connect_queue: VecDeque<usize>,
    next_connect_at: Instant,
    /// Timers by time and viewer. An entry counts only while it equals the viewer's `timer_at`, so
    /// cancelling one is free.
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
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
        for index in viewers.len()..plan.connections_total() {
            let kind = Malformed::any(&mut random);
            viewers.push(Viewer::new(index, Role::Malformed(kind)));
        }
        Ok(Self {
            shared: Shared {
                plan,
                messages: MessageCache::new(),
                tally: Tally::default(),
                random,
                buffer: vec![0; BUFFER_BYTES],
            },
            poll: Poll::new()?,
            tls: plan.target.is_tls.then(wire::tls_client),
            viewers,
            connect_queue: VecDeque::new(),
            next_connect_at: Instant::now(),
            timers: BinaryHeap::new(),
        })
    }

    /// Connects all viewers except those that send malformed input; waits until each has tried once.
    fn connect(&mut self) -> io::Result<()> {
        let well_behaved = self.shared.plan.connections_total() - self.shared.plan.malformed;
        self.connect_queue.extend(0..well_behaved);
        let limit = HANDSHAKE_LIMIT
            + Duration::from_secs(well_behaved as u64) / self.shared.plan.connects_per_s;
        let start = Instant::now();
        let mut tried = 0;
        while tried < well_behaved && start.elapsed() < limit {
            self.poll_once()?;
            // `has_tried` stays true, so each viewer is checked until it is, and then never again.
            while tried < well_behaved && self.has_tried(tried) {
                tried += 1;
            }
        }
        Ok(())
    }

    fn has_tried(&self, index: usize) -> bool {
        let viewer = &self.viewers[index];
        viewer.was_ever_up || viewer.link.is_none() && viewer.timer_at.is_some()
    }

    /// Waits until the server is idle.
    fn settle(&mut self) -> io::Result<()> {
        let start = Instant::now();
        let plan = self.shared.plan;
        while start.elapsed() < plan.settle {
            self.poll_once()?;
        }
        // A baseline never responds to `subscribe`.
        let responses = (plan.viewers + plan.churn) as u64;
        while (1..responses).contains(&self.shared.tally.subscribed)
            && start.elapsed() < SUBSCRIBED_LIMIT
        {
            self.poll_once()?;
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
            Window::Messages { count, .. } => run.shared.tally.report.messages >= count,
        };
        while start.elapsed() < window.limit() && !enough(self) {
            self.poll_once()?;
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
                        self.schedule(index, now + cut);
                    }
                }
                Role::Churn => {
                    let stay = self.shared.random.around(churn_mean(plan));
                    self.schedule(index, now + stay);
                }
                Role::Malformed(_) => self.connect_queue.push_back(index),
                Role::Slow | Role::Stalled => {}
            }
        }
    }

    /// Waits until every viewer has received all messages that any had received at the window's end;
    /// returns their heads.
    fn drain(&mut self) -> io::Result<EpochHeads> {
        let start = Instant::now();
        let plan = self.shared.plan;
        let expected_heads = self
            .shared
            .tally
            .seen
            .iter()
            .map(|(epoch, seen)| (*epoch, seen.heads()))
            .collect();
        for index in 0..self.viewers.len() {
            let viewer = &mut self.viewers[index];
            match viewer.role {
                // No more faults: a disconnected viewer reconnects now, a connected one stays.
                Role::Churn => {
                    viewer.timer_at = None;
                    if viewer.link.is_none() && !self.connect_queue.contains(&index) {
                        self.connect_queue.push_back(index);
                    }
                }
                Role::Malformed(_) => {
                    viewer.link = None;
                    viewer.timer_at = None;
                }
                Role::Steady | Role::Slow | Role::Stalled => {}
            }
        }
        let mut behind = 0;
        while plan.chained() && start.elapsed() < DRAIN_LIMIT {
            // `has_all` stays true, as above.
            while behind < self.viewers.len() && self.has_all(behind, &expected_heads) {
                behind += 1;
            }
            if behind == self.viewers.len() {
                break;
            }
            self.poll_once()?;
        }
        Ok(expected_heads)
    }

    fn has_all(&self, index: usize, expected_heads: &EpochHeads) -> bool {
        let viewer = &self.viewers[index];
        let heads = expected_heads
            .get(&viewer.epoch)
            .copied()
            .unwrap_or_default();
        !viewer.role.must_receive_everything()
            || self.shared.plan.streams.iter().all(|stream| {
                let head = heads[stream.index()];
                head == 0 || viewer.chain.reached(*stream) >= Some(head)
            })
    }
}

fn churn_mean(plan: &Plan) -> Duration {
    Duration::from_millis(plan.churn_ms)
}
