//! The event loop: timers, connects and sockets.

use super::{HANDSHAKE_LIMIT, Run, churn_mean};
use crate::malformed::Malformed;
use crate::socket;
use crate::tally::Disconnect;
use crate::viewer::{Link, Role};
use crate::wire::Wire;
use mio::event::Event;
use mio::{Events, Interest, Token};
use protocol::CloseCode;
use std::cmp::Reverse;
use std::io;
use std::time::{Duration, Instant};

/// The mean delay before a reconnect; random, so that viewers do not reconnect all at once.
const RECONNECT_MEAN: Duration = Duration::from_millis(500);

/// How often a slow viewer reads.
const SLOW_TICK: Duration = Duration::from_millis(250);

/// How long to wait for a response to malformed input.
const MALFORMED_RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The most events of one poll; a larger batch saves system calls.
const EVENTS_MAX: usize = 1_024;

impl Run<'_> {
    /// Connects and fires what is due, then handles the sockets that are ready.
    pub(super) fn poll_once(&mut self) -> io::Result<()> {
        let now = Instant::now();
        self.connect_waiting(now)?;
        self.fire_timers(now);
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

    /// The callers check their conditions at least every 20 ms.
    fn timeout(&self, now: Instant) -> Duration {
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        let connect = (!self.connect_queue.is_empty()).then_some(self.next_connect_at);
        [timer, connect]
            .into_iter()
            .flatten()
            .map(|at| at.saturating_duration_since(now))
            .fold(Duration::from_millis(20), Duration::min)
    }

    fn connect_waiting(&mut self, now: Instant) -> io::Result<()> {
        let interval = Duration::from_secs(1) / self.shared.plan.connects_per_s;
        // A late poll may catch up 20 ms; older unused time is not saved for a burst.
        self.next_connect_at = self.next_connect_at.max(now - Duration::from_millis(20));
        while self.next_connect_at <= now {
            let Some(index) = self.connect_queue.pop_front() else {
                break;
            };
            self.next_connect_at += interval;
            let plan = self.shared.plan;
            let viewer = &mut self.viewers[index];
            viewer.was_up = false;
            let small = matches!(viewer.role, Role::Slow | Role::Stalled);
            let tls = self.tls.clone();
            let wire = socket::dial(plan.target.address, index, small).and_then(|socket| {
                Ok(match tls {
                    None => Wire::Plain(socket),
                    Some(config) => Wire::tls(socket, config)?,
                })
            });
            match wire {
                Ok(mut wire) => {
                    self.poll.registry().register(
                        wire.socket(),
                        Token(index),
                        Interest::READABLE | Interest::WRITABLE,
                    )?;
                    viewer.link = Some(Link::new(wire, now));
                    self.schedule(index, now + HANDSHAKE_LIMIT);
                }
                Err(error) => self.on_disconnect(index, error.into()),
            }
        }
        Ok(())
    }

    pub(super) fn schedule(&mut self, index: usize, at: Instant) {
        self.viewers[index].timer_at = Some(at);
        self.timers.push(Reverse((at, index)));
    }

    fn fire_timers(&mut self, now: Instant) {
        while let Some(Reverse((at, index))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            if self.viewers[index].timer_at == Some(at) {
                self.viewers[index].timer_at = None;
                self.on_timer(index, now);
            }
        }
    }

    /// A viewer's timer fired: it reconnects, gives up its handshake, disconnects or reads a little.
    fn on_timer(&mut self, index: usize, now: Instant) {
        let viewer = &mut self.viewers[index];
        match (viewer.role, &viewer.link) {
            (_, None) => self.connect_queue.push_back(index),
            (Role::Malformed(_), Some(_)) => self.on_disconnect(index, Disconnect::Intended),
            (_, Some(link)) if !link.is_ready() => self.on_disconnect(index, Disconnect::TimedOut),
            (Role::Churn, Some(_)) => self.on_disconnect(index, Disconnect::Intended),
            (Role::Slow, Some(_)) => {
                let bytes = self.shared.plan.slow_bytes_per_s as u128 * SLOW_TICK.as_millis();
                let bytes = (bytes / 1_000).max(1) as usize;
                let outcome = viewer.on_readable(&mut self.shared, bytes, false);
                self.schedule(index, now + SLOW_TICK);
                if let Err(end) = outcome {
                    self.on_disconnect(index, end);
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
            Role::Stalled if was_ready && ended => Err(Disconnect::Eof),
            Role::Stalled | Role::Slow if was_ready => Ok(()),
            _ => Ok(())
                .and_then(|()| match event.is_writable() {
                    true => viewer.on_writable(&mut self.shared),
                    false => Ok(()),
                })
                .and_then(|()| match event.is_readable() || ended {
                    true => viewer.on_readable(&mut self.shared, usize::MAX, ended),
                    false => Ok(()),
                }),
        };
        let became_ready = !was_ready && viewer.is_ready();
        match outcome {
            Err(end) => self.on_disconnect(index, end),
            Ok(()) if became_ready => self.on_ready(index),
            Ok(()) => {}
        }
    }

    fn on_ready(&mut self, index: usize) {
        let now = Instant::now();
        self.viewers[index].timer_at = None;
        match self.viewers[index].role {
            Role::Churn if self.shared.tally.measuring => {
                let stay = self.shared.random.around(churn_mean(self.shared.plan));
                self.schedule(index, now + stay);
            }
            Role::Slow => self.schedule(index, now + SLOW_TICK),
            Role::Malformed(_) => self.schedule(index, now + MALFORMED_RESPONSE_TIMEOUT),
            Role::Steady | Role::Churn | Role::Stalled => {}
        }
    }

    /// Counts the end of a connection, or of an attempt, and schedules the next one.
    fn on_disconnect(&mut self, index: usize, end: Disconnect) {
        let now = Instant::now();
        let viewer = &mut self.viewers[index];
        viewer.link = None;
        viewer.timer_at = None;
        let tally = &mut self.shared.tally;
        let away = match viewer.role {
            Role::Malformed(kind) => {
                *tally
                    .report
                    .malformed
                    .entry(kind.to_string())
                    .or_default()
                    .entry(end.to_string())
                    .or_default() += 1;
                viewer.role = Role::Malformed(Malformed::any(&mut self.shared.random));
                Duration::from_millis(50)
            }
            // It does not reconnect. It is not counted either: a viewer that never reads notices only
            // by chance that it was disconnected.
            Role::Stalled if viewer.was_up => return,
            Role::Churn if end == Disconnect::Intended => {
                self.shared.random.around(churn_mean(self.shared.plan) / 2)
            }
            Role::Steady | Role::Churn | Role::Slow | Role::Stalled => {
                let counts = if viewer.was_up {
                    &mut tally.report.closes
                } else {
                    &mut tally.report.failed_connects
                };
                *counts.entry(end.to_string()).or_default() += 1;
                if matches!(end, Disconnect::Closed(code) if CloseCode::is_final(code)) {
                    return;
                }
                self.shared.random.around(RECONNECT_MEAN)
            }
        };
        self.schedule(index, now + away);
    }
}
