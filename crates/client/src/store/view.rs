use super::freshness::Freshness;
use super::knowledge::{Knowledge, Part};
use super::link::Link;
use super::rate::Rate;
use super::toasts::Toasts;
use crate::Snapshot;
use crate::attention::Attention;
use crate::browser::Theme;
use crate::connection::{Missed, Remote, Statistics, Transport, Wishes};
use leptos::prelude::*;
use protocol::{Level, Metrics, Received, ServerMessage, Stream};

/// What the widgets read: the knowledge, behind one revision signal for each of its parts.
///
/// Many messages may change a part before its signal fires, so a burst costs one rendering.
/// Pausing keeps a copy to show while knowledge grows behind it.
#[derive(Clone, Copy)]
pub(crate) struct View {
    shown: Shown,
    changed: StoredValue<[bool; Part::COUNT]>,
    pub(crate) paused: RwSignal<bool>,
    /// Updates that have come since the pause began.
    pub(crate) held_back: RwSignal<u64>,
    pub(crate) freshness: RwSignal<Freshness>,
    pub(crate) link: RwSignal<Link>,
    /// The server's clock minus the page's monotonic one.
    pub(crate) clock_offset_ms: StoredValue<f64>,
    /// Whether the connection was lost and is not back yet.
    lost: StoredValue<bool>,
    pub(crate) statistics: RwSignal<Statistics>,
    rate: StoredValue<Rate>,
    /// Durable messages a second that are shown.
    pub(crate) updates_per_second: RwSignal<u64>,
    pub(crate) toasts: Toasts,
    pub(crate) attention: Attention,
    /// Whether times are shown in the browser's zone; the server knows only UTC.
    pub(crate) local_times: RwSignal<bool>,
    pub(crate) theme: RwSignal<Theme>,
    pub(crate) remote: Remote,
    /// How messages come.
    pub(crate) transport: RwSignal<Transport>,
    /// Which streams the viewer wants, and how often.
    pub(crate) wishes: RwSignal<Wishes>,
    /// Whether somebody can see the page; a hidden tab need not draw.
    pub(crate) visible: RwSignal<bool>,
}

/// What the page knows, and what it shows of it.
#[derive(Clone, Copy)]
struct Shown {
    known: StoredValue<Known>,
    revisions: [RwSignal<u32>; Part::COUNT],
}

struct Known {
    now: Knowledge,
    /// As it was when a pause began.
    frozen: Option<Knowledge>,
}

impl Known {
    fn shown(&self) -> &Knowledge {
        self.frozen.as_ref().unwrap_or(&self.now)
    }
}

impl Shown {
    fn read<R>(&self, part: Part, look: impl FnOnce(&Knowledge) -> R) -> R {
        self.revisions[part as usize].track();
        self.look(look)
    }

    /// With a guard: for `with_value`, each closure would compile the arena's insides anew.
    fn look<R>(&self, look: impl FnOnce(&Knowledge) -> R) -> R {
        look(self.known.read_value().shown())
    }
}

impl View {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let shown = Shown {
            known: StoredValue::new(Known {
                now: Knowledge::new(snapshot),
                frozen: None,
            }),
            revisions: [(); Part::COUNT].map(|()| RwSignal::new(0)),
        };
        let now_ms = snapshot.now.unix_ms() as f64;
        let freshness =
            shown.look(|knowledge| Freshness::of(knowledge.samples.points().last(), now_ms));
        Self {
            shown,
            changed: StoredValue::new([false; Part::COUNT]),
            paused: RwSignal::new(false),
            held_back: RwSignal::new(0),
            freshness: RwSignal::new(freshness),
            link: RwSignal::new(Link::Connecting { attempt: 0 }),
            clock_offset_ms: StoredValue::new(now_ms),
            lost: StoredValue::new(false),
            statistics: RwSignal::new(Statistics::default()),
            rate: StoredValue::new(Rate::default()),
            updates_per_second: RwSignal::new(0),
            toasts: Toasts::new(),
            attention: Attention::new(),
            local_times: RwSignal::new(false),
            theme: RwSignal::new(Theme::System),
            remote: Remote::new(),
            transport: RwSignal::new(Transport::WebSocket),
            wishes: RwSignal::new(Wishes::default()),
            visible: RwSignal::new(true),
        }
    }

    /// Reads what is shown, and runs again when this part changes.
    pub(crate) fn read<R>(&self, part: Part, look: impl FnOnce(&Knowledge) -> R) -> R {
        self.shown.read(part, look)
    }

    /// Reads something of the newest sample, if there is one and it has that.
    pub(crate) fn sample<R>(&self, look: impl FnOnce(&Metrics) -> Option<R>) -> Option<R> {
        self.read(Part::Samples, |knowledge| {
            knowledge.samples.latest().and_then(look)
        })
    }

    /// Takes a message in; [`View::flush`] shows it.
    pub(crate) fn apply(&self, received: &Received, now_ms: f64) {
        if let Ok(ServerMessage::Error(error)) = &received.message {
            let text = format!("The server refused a request: {}", error.message);
            self.toasts.show(Level::Error, text, now_ms);
        }
        self.change(|knowledge, changed| knowledge.apply(received, changed));
    }

    /// Takes in that messages were missed.
    pub(crate) fn miss(&self, missed: Missed) {
        self.change(|knowledge, changed| {
            knowledge.miss(missed).map(changed);
        });
    }

    /// Takes in what the viewer wants.
    pub(crate) fn wish(&self, wishes: Wishes) {
        if *self.wishes.read_untracked() == wishes {
            return;
        }
        self.wishes.set(wishes);
        let interval_ms = wishes.of(Stream::Metrics).interval_ms;
        self.change(|knowledge, _| knowledge.ask_interval(interval_ms));
    }

    fn change(&self, change: impl FnOnce(&mut Knowledge, &mut dyn FnMut(Part))) {
        let mut changed = self.changed.write_value();
        let mut known = self.shown.known.write_value();
        change(&mut known.now, &mut |part| changed[part as usize] = true);
    }

    /// Lets the widgets see what has changed, unless they are paused.
    pub(crate) fn flush(&self) {
        if self.paused.get_untracked() {
            return;
        }
        let changed = self.changed.get_value();
        self.changed.set_value([false; Part::COUNT]);
        for (revision, changed) in self.shown.revisions.iter().zip(changed) {
            if changed {
                *revision.write() += 1;
            }
        }
    }

    /// Freezes what is shown, or shows everything that came meanwhile.
    pub(crate) fn toggle_pause(&self) {
        let pause = !self.paused.get_untracked();
        if pause {
            self.flush();
        }
        let mut known = self.shown.known.write_value();
        known.frozen = pause.then(|| known.now.clone());
        drop(known);
        self.paused.set(pause);
        self.held_back.set(0);
        self.flush();
    }

    /// Empties the feed, also in a pause.
    pub(crate) fn clear_feed(&self) {
        let mut known = self.shown.known.write_value();
        known.now.clear_feed();
        if let Some(frozen) = &mut known.frozen {
            frozen.clear_feed();
        }
        drop(known);
        *self.shown.revisions[Part::Feed as usize].write() += 1;
    }

    /// Learns how the connection is, and says when it was lost and when it is back.
    pub(crate) fn set_link(&self, link: Link, now_ms: f64) {
        let is_lost = match link {
            Link::Live => false,
            Link::Connecting { attempt: 0 } => return set_if_changed(self.link, link),
            Link::Connecting { .. } | Link::Waiting { .. } | Link::Offline(_) => true,
        };
        if self.lost.get_value() != is_lost {
            self.lost.set_value(is_lost);
            let (level, text) = match is_lost {
                true => (Level::Warning, "Connection lost; trying again"),
                false => (Level::Success, "Connected again"),
            };
            self.toasts.show(level, text.into(), now_ms);
        }
        set_if_changed(self.link, link);
    }

    /// The server's clock at a moment of the page's.
    pub(crate) fn server_now_ms(&self, now_ms: f64) -> f64 {
        now_ms + self.clock_offset_ms.get_value()
    }

    /// Lets time pass: the age of what is shown by the server's clock, what is held back, and what
    /// is said for a few seconds. Ages stand still in a pause.
    pub(crate) fn tick(&self, now_ms: f64) {
        self.toasts.tick(now_ms);
        let updates = self.read_untracked(|knowledge| knowledge.updates);
        let per_second = self.rate.write_value().look(updates, now_ms);
        set_if_changed(self.updates_per_second, per_second);
        if self.paused.get_untracked() {
            let known = self.shown.known.read_value().now.updates;
            set_if_changed(self.held_back, known - updates);
        } else {
            let freshness = match self.wishes.read_untracked().of(Stream::Metrics).on {
                false => Freshness::Off,
                true => self.read_untracked(|knowledge| {
                    let server_now_ms = self.server_now_ms(now_ms);
                    Freshness::of(knowledge.samples.points().last(), server_now_ms)
                }),
            };
            set_if_changed(self.freshness, freshness);
        }
    }

    fn read_untracked<R>(&self, look: impl FnOnce(&Knowledge) -> R) -> R {
        self.shown.look(look)
    }
}

/// A signal fires even if its new value is the old one, and each firing costs a rendering.
pub(crate) fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if *signal.read_untracked() != value {
        signal.set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn view() -> View {
        View::new(&Snapshot {
            server_version: "0.1.0".into(),
            host: "test".into(),
            now: Timestamp::from_unix_ms(0),
            epoch: "e1".into(),
            head: 0,
            viewers: 0,
            messages: Vec::new(),
        })
    }

    fn count(view: &View, count: u64) {
        let text = format!(
            r#"{{"type":"client_count","count":{count},"seq":{count},"prev":0,"stream":"logs"}}"#
        );
        view.apply(&Received::parse(&text), 0.0);
        view.flush();
    }

    #[test]
    fn pausing_freezes_the_view_and_resuming_shows_it_all() {
        Owner::new().with(|| {
            let view = view();
            let viewers = || view.read_untracked(|knowledge| knowledge.server.viewers);
            count(&view, 2);
            view.toggle_pause();
            count(&view, 3);
            count(&view, 4);
            assert_eq!(viewers(), 2);
            view.tick(5_000.0);
            assert_eq!(view.held_back.get_untracked(), 2);
            view.toggle_pause();
            assert_eq!(viewers(), 4);
            assert_eq!(view.held_back.get_untracked(), 0);
        });
    }

    #[test]
    fn only_a_change_of_the_connection_is_worth_a_word() {
        Owner::new().with(|| {
            let view = view();
            let texts = || {
                let toasts = view.toasts.shown().into_iter();
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
            view.tick(10_000.0);
            assert_eq!(texts(), ["Connected again"]);
            view.tick(60_000.0);
            assert!(texts().is_empty());
        });
    }
}
