use super::attention::Attention;
use super::connection::{ConnectionHandle, Preferences, Statistics, Transport};
use super::known::{Change, Known};
use super::link::Link;
use super::past_state::Past;
use super::shown::Shown;
use crate::kit::browser::Theme;
use crate::kit::state::State;
use crate::kit::toasts::Toasts;
use crate::model::Freshness;
use crate::model::Missed;
use crate::model::Snapshot;
use crate::model::{Model, Part};
use leptos::prelude::*;
use protocol::{Level, Received, ServerMessage, Stream};
use std::ops::Range;

/// What the server calls its own host where it does not say otherwise.
const OWN_HOST: &str = "local";

/// The parts that are shown soon after they have changed: all but the last, the count of updates.
const SHOWN: usize = Part::Updates as usize;

/// What is counted is shown anew with a sample that comes so long after the last time, in
/// milliseconds: nobody reads it more often, and a frame of its own would lay the page out for it.
const TALLY_MS: f64 = 750.0;

/// So long after the last time also without a sample.
const TALLY_MS_MAX: f64 = 1_250.0;

/// What the widgets read: the model, behind one revision signal for each of its parts.
///
/// Many messages may change a part before its signal fires, so a burst costs one rendering.
/// Pausing keeps a copy to show while model grows behind it.
#[derive(Clone, Copy)]
pub(crate) struct View {
    pub(crate) shown: Shown,
    /// Which host the page shows, and which there are.
    pub(crate) host: State<String>,
    pub(crate) hosts: State<Vec<String>>,
    pub(crate) paused: State<bool>,
    /// Updates that have come since the pause began.
    pub(crate) held_back: State<u64>,
    pub(crate) freshness: State<Freshness>,
    pub(crate) link: State<Link>,
    pub(crate) statistics: State<Statistics>,
    /// Durable messages a second that are shown.
    pub(crate) updates_per_second: State<u64>,
    pub(crate) toasts: Toasts,
    pub(crate) attention: Attention,
    /// Whether times are shown in the browser's zone; the server knows only UTC.
    pub(crate) local_times: State<bool>,
    pub(crate) theme: State<Theme>,
    /// Whether the help sheet was asked for.
    pub(crate) help: State<bool>,
    pub(crate) connection: ConnectionHandle,
    /// How messages come.
    pub(crate) transport: State<Transport>,
    /// Which streams the viewer wants, and how often.
    pub(crate) preferences: State<Preferences>,
    /// Whether somebody can see the page; a hidden tab need not draw.
    pub(crate) visible: State<bool>,
    /// What is shown of the past.
    pub(crate) past: Past,
}

impl View {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let now_ms = snapshot.now.unix_ms() as f64;
        let known = Known::new(snapshot);
        let host = first_host(snapshot, &known);
        let newest = known.shown().newest(&host);
        let freshness = Freshness::of(newest, now_ms);
        let shown = Shown::new(known);
        Self {
            shown,
            host: State::new(host),
            hosts: State::new(snapshot.hosts.clone()),
            paused: State::new(false),
            held_back: State::new(0),
            freshness: State::new(freshness),
            link: State::new(Link::Connecting { attempt: 0 }),
            statistics: State::new(Statistics::default()),
            updates_per_second: State::new(0),
            toasts: Toasts::new(),
            attention: Attention::new(),
            local_times: State::new(false),
            theme: State::new(Theme::System),
            help: State::new(false),
            connection: ConnectionHandle::new(),
            transport: State::new(Transport::WebSocket),
            preferences: State::new(Preferences::default()),
            visible: State::new(true),
            past: Past::new(snapshot),
        }
    }

    /// Reads what is shown, and runs again when this part changes.
    pub(crate) fn read<R>(&self, part: Part, look: impl FnOnce(&Model) -> R) -> R {
        self.shown.read(part, look)
    }

    /// Reads what is shown, once.
    pub(crate) fn read_untracked<R>(&self, look: impl FnOnce(&Model) -> R) -> R {
        self.shown.read_untracked(look)
    }

    /// Takes a message in; [`View::flush`] shows it.
    pub(crate) fn apply(&self, received: &Received, now_ms: f64) {
        if let Ok(ServerMessage::Error(error)) = &received.message {
            let text = format!("The server refused a request: {}", error.message);
            self.toasts.show(Level::Error, text, now_ms);
        }
        self.shown.known.write_value().apply(received);
    }

    /// Takes in that messages were missed.
    pub(crate) fn miss(&self, missed: Missed) {
        self.change(&mut |model, changed| {
            model.miss(missed).map(changed);
        });
    }

    /// Takes in what the viewer wants.
    pub(crate) fn preference(&self, preferences: Preferences) {
        self.preferences.set_if_changed(preferences);
        let interval_ms = preferences.of(Stream::Metrics).interval_ms;
        self.change(&mut |model, _| model.ask_interval(interval_ms));
    }

    fn change(&self, change: &mut Change<'_>) {
        self.shown.known.write_value().change(change);
    }

    /// The parts that are shown as they become. At another moment the server alone is; everything
    /// else waits for the page to come back.
    fn parts(&self) -> Range<usize> {
        match self.past.moment.with_untracked(Option::is_some) {
            true => Part::Server as usize..Part::Server as usize + 1,
            false => 0..SHOWN,
        }
    }

    /// Whether there is something for [`View::flush`] to show.
    pub(crate) fn has_changes(&self) -> bool {
        let known = self.shown.known.read_value();
        known.frozen.is_none() && known.changed[self.parts()].contains(&true)
    }

    /// Lets the widgets see what has changed, unless they are paused.
    pub(crate) fn flush(&self, now_ms: f64) {
        let mut known = self.shown.known.write_value();
        if known.frozen.is_some() {
            return;
        }
        let parts = self.parts();
        let mut changed = [false; SHOWN];
        changed[parts.clone()].swap_with_slice(&mut known.changed[parts]);
        let tallies = changed[Part::Samples as usize] && now_ms - known.tallied_ms >= TALLY_MS;
        drop(known);
        for (revision, changed) in self.shown.revisions.iter().zip(changed) {
            if changed {
                revision.notify();
            }
        }
        if tallies {
            self.tally(now_ms);
        }
    }

    /// Lets the widgets look at some parts again.
    pub(super) fn notify(&self, parts: &[Part]) {
        for part in parts {
            self.shown.revisions[*part as usize].notify();
        }
    }

    /// Shows what is counted: updates, which every message changes, and what the connection has done.
    fn tally(&self, now_ms: f64) {
        let mut known = self.shown.known.write_value();
        known.tallied_ms = now_ms;
        let updates = known.current().updates;
        let per_second = known.rate.look(updates, now_ms);
        let statistics = known.statistics;
        let counted =
            known.frozen.is_none() && std::mem::take(&mut known.changed[Part::Updates as usize]);
        drop(known);
        if counted {
            self.shown.revisions[Part::Updates as usize].notify();
        }
        self.updates_per_second.set_if_changed(per_second);
        self.statistics.set_if_changed(statistics);
    }

    /// Freezes what is shown, or shows everything that came meanwhile.
    pub(super) fn toggle_pause(&self, now_ms: f64) {
        let pause = !self.paused.get_untracked();
        if pause {
            self.flush(now_ms);
            self.tally(now_ms);
        }
        let mut known = self.shown.known.write_value();
        known.frozen = pause.then(|| known.now.clone());
        let looks_back = known.past.is_some();
        if looks_back {
            known.refresh_past(!pause);
        }
        drop(known);
        if looks_back && pause {
            let (arrived_from_ms, now_ms) = self.arrived(now_ms);
            self.past.halt_lines(arrived_from_ms, now_ms);
        }
        self.paused.set(pause);
        self.held_back.set(0);
        if !pause {
            self.flush(now_ms);
            self.tally(now_ms);
        }
    }

    /// Empties the feed, also in a pause. That of another moment would be back with the next one.
    pub(crate) fn clear_feed(&self) {
        if self.past.is_shown() {
            return;
        }
        self.shown
            .known
            .write_value()
            .change_all(&mut Model::clear_feed);
        self.shown.revisions[Part::Feed as usize].notify();
    }

    /// Learns how the connection is, and says when it was lost and when it is back.
    pub(crate) fn set_link(&self, link: Link, now_ms: f64) {
        let is_lost = match link {
            Link::Live => false,
            Link::Connecting { attempt: 0 } => return self.link.set_if_changed(link),
            Link::Connecting { .. } | Link::Waiting { .. } | Link::Offline(_) => true,
        };
        let was_lost = std::mem::replace(&mut self.shown.known.write_value().lost, is_lost);
        if was_lost != is_lost {
            let (level, text) = match is_lost {
                true => (Level::Warning, "Connection lost; trying again"),
                false => (Level::Success, "Connected again"),
            };
            self.toasts.show(level, text.into(), now_ms);
        }
        self.link.set_if_changed(link);
    }

    /// Learns how messages come, and says when it is not the way they should.
    pub(crate) fn set_transport(&self, transport: Transport, now_ms: f64) {
        if self.transport.get_untracked() == transport {
            return;
        }
        self.transport.set(transport);
        if transport == Transport::Sse {
            let text = "WebSockets do not get through; Server-Sent Events are used instead";
            self.toasts.show(Level::Warning, text.into(), now_ms);
        }
    }

    /// The server's clock at a moment of the page's.
    pub(crate) fn server_now_ms(&self, now_ms: f64) -> f64 {
        now_ms + self.shown.known.read_value().clock_offset_ms
    }

    /// Learns how far the server's clock is ahead of the page's monotonic one.
    pub(crate) fn set_clock(&self, offset_ms: f64) {
        self.shown.known.write_value().clock_offset_ms = offset_ms;
    }

    /// Lets time pass: the age of what is shown by the server's clock, what is held back, and what
    /// is said for a few seconds. Ages stand still in a pause.
    pub(crate) fn tick(&self, statistics: Statistics, now_ms: f64) {
        self.toasts.tick(now_ms);
        let mut known = self.shown.known.write_value();
        known.statistics = statistics;
        let tallies = now_ms - known.tallied_ms >= TALLY_MS_MAX;
        drop(known);
        if tallies {
            self.tally(now_ms);
        }
        if self.paused.get_untracked() {
            let known = self.shown.known.read_value();
            let held_back = known.now.updates - known.current().updates;
            drop(known);
            self.held_back.set_if_changed(held_back);
        } else {
            self.age(now_ms);
        }
    }

    /// Tells how old what is shown is. At another moment that does not change.
    pub(super) fn age(&self, now_ms: f64) {
        if self.past.moment.with_untracked(Option::is_some) {
            return;
        }
        let server_now_ms = self.server_now_ms(now_ms);
        let freshness = match self.preferences.get_untracked().of(Stream::Metrics).on {
            false => Freshness::Off,
            true => {
                let host = self.host.get_untracked();
                self.read_untracked(|model| Freshness::of(model.newest(&host), server_now_ms))
            }
        };
        self.freshness.set_if_changed(freshness);
    }
}

/// The host that is shown at first: the one that the page was asked for.
fn first_host(snapshot: &Snapshot, known: &Known) -> String {
    let heard = || known.shown().catalog.hosts().next().map(str::to_owned);
    let named = (!snapshot.hosts.is_empty()).then(|| snapshot.host.clone());
    named.or_else(heard).unwrap_or_else(|| OWN_HOST.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ask;
    use crate::model::Drawn;
    use protocol::Timestamp;

    fn view() -> View {
        View::new(&Snapshot {
            server_version: "0.1.0".into(),
            host: "test".into(),
            hosts: Vec::new(),
            own_names: Vec::new(),
            now: Timestamp::from_unix_ms(0),
            epoch: "e1".into(),
            head: 0,
            oldest: None,
            viewers: 0,
            messages: Vec::new(),
        })
    }

    fn count(view: &View, count: u64) {
        let text = format!(
            r#"{{"type":"client_count","count":{count},"seq":{count},"prev":0,"stream":"logs"}}"#
        );
        view.apply(&Received::parse(&text), 0.0);
        view.flush(0.0);
    }

    #[test]
    fn pausing_freezes_the_view_and_resuming_shows_it_all() {
        Owner::new().with(|| {
            let view = view();
            let viewers = || view.read_untracked(|model| model.server.viewers);
            count(&view, 2);
            view.toggle_pause(0.0);
            count(&view, 3);
            count(&view, 4);
            assert_eq!(viewers(), 2);
            view.tick(Statistics::default(), 5_000.0);
            assert_eq!(view.held_back.get_untracked(), 2);
            view.toggle_pause(0.0);
            assert_eq!(viewers(), 4);
            assert_eq!(view.held_back.get_untracked(), 0);
        });
    }

    #[test]
    fn lines_of_an_ended_stretch_leave_the_rest_in_the_present() {
        Owner::new().with(|| {
            let view = view();
            let sample = |second: u64| {
                let at = Timestamp::from_unix_ms(second as i64 * 1_000);
                let text = format!(
                    r#"{{"type":"metrics","seq":{second},"prev":0,"stream":"metrics","host":"local","timestamp":"{at}","interval_ms":1000,"cpu":{second}}}"#
                );
                view.apply(&Received::parse(&text), 0.0);
                view.flush(0.0);
            };
            let cpu = r#"cpu{core="",host="local"}"#.parse().expect("a selector");
            let cpu = view.shown.select(cpu);
            let drawn = Drawn {
                is_small: false,
                name: None,
            };
            assert!(view.shown.draw(cpu.id, &drawn));
            let shown = || {
                cpu.read(|lines| {
                    let newest = lines[0].points().newest();
                    (lines[0].value, newest.map(|it| it.at_ms))
                })
            };
            sample(100);
            let ask = Ask {
                from_ms: 10_000.0,
                to_ms: 20_000.0,
                points: 10,
                follows: false,
            };
            assert!(!view.recall(&[], &ask), "the line does not go on");
            sample(101);
            assert_eq!(shown(), (Some(101.0), None), "the rest of the page does");
            view.toggle_pause(0.0);
            sample(102);
            assert_eq!(shown(), (Some(101.0), None));
            view.toggle_pause(0.0);
            assert_eq!(shown(), (Some(102.0), None));
            view.forget_lines();
            assert_eq!(shown(), (Some(102.0), Some(102_000.0)));
        });
    }

    #[test]
    fn only_a_change_of_the_connection_is_worth_a_word() {
        Owner::new().with(|| {
            let view = view();
            let texts = || {
                let ids = view.toasts.ids().into_iter();
                let toasts = ids.filter_map(|id| view.toasts.get(id));
                toasts.map(|toast| toast.text).collect::<Vec<_>>()
            };
            view.set_link(Link::Live, 0.0);
            assert!(texts().is_empty(), "the first connection is no news");
            let waiting = |seconds| Link::Waiting {
                seconds,
                attempt: 1,
            };
            view.set_link(waiting(2), 1_000.0);
            view.set_link(waiting(1), 2_000.0);
            assert_eq!(texts(), ["Connection lost; trying again"]);
            view.set_link(Link::Live, 3_000.0);
            assert_eq!(texts().len(), 2);
            view.tick(Statistics::default(), 10_000.0);
            assert_eq!(texts(), ["Connected again"]);
            view.tick(Statistics::default(), 60_000.0);
            assert!(texts().is_empty());
        });
    }
}
