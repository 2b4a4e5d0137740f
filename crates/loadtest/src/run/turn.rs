//! One turn of the loop after the other.

use super::{HANDSHAKE_LIMIT, Run, churn_mean};
use crate::rubbish::Rubbish;
use crate::socket;
use crate::tally::End;
use crate::viewer::{Link, Role};
use mio::event::Event;
use mio::{Events, Interest, Token};
use protocol::CloseCode;
use std::cmp::Reverse;
use std::io;
use std::time::{Duration, Instant};

/// After an end that we did not want; like a page, not all at once.
const RECONNECT_MEAN: Duration = Duration::from_millis(500);

/// How often a slow viewer reads.
const SLOW_TICK: Duration = Duration::from_millis(250);

/// How long the answer to rubbish is waited for.
const RUBBISH_PATIENCE: Duration = Duration::from_secs(2);

/// Sockets that become ready at once wait for each other; more of them in one batch save calls.
const EVENTS_MAX: usize = 1_024;

impl Run<'_> {
    /// Whatever is due, then whatever the sockets have.
    pub(super) fn turn(&mut self) -> io::Result<()> {
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

    pub(super) fn wake(&mut self, index: usize, at: Instant) {
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
            // It stays away. That this is heard of at all is chance: who never reads does not learn
            // that it was dropped, so nobody counts these.
            Role::Stalled if viewer.was_up => return,
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
