mod turn;

use crate::log::Marks;
use crate::messages::Messages;
use crate::plan::InvalidPlan;
use crate::process::Usage;
use crate::random::Random;
use crate::report::Report;
use crate::rubbish::Rubbish;
use crate::socket::{self, TooFewFiles};
use crate::tally::Tally;
use crate::viewer::{Role, Shared, Viewer};
use crate::{Plan, Window};
use mio::Poll;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

/// How long a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long the server may take, after the window, to hand over what it still owes. A machine with
/// other things to do takes seconds for it, which is slow, but no loss.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// How long answers to `subscribe` are waited for, from a server that gives any.
const SUBSCRIBED_LIMIT: Duration = Duration::from_secs(5);

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
}

fn churn_mean(plan: &Plan) -> Duration {
    Duration::from_millis(plan.churn_ms)
}
