use super::freshness::Freshness;
use super::knowledge::{Knowledge, Part};
use crate::Snapshot;
use crate::browser::Theme;
use crate::connection::{Missed, OfflineReason, Statistics, Status, Transport, Wishes};
use leptos::prelude::*;
use protocol::{Metrics, Received, Stream};

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
    /// How messages come.
    pub(crate) transport: RwSignal<Transport>,
    /// Which streams the viewer wants, and how often.
    pub(crate) wishes: RwSignal<Wishes>,
    pub(crate) statistics: RwSignal<Statistics>,
    /// Whether times are shown in the browser's zone; the server knows only UTC.
    pub(crate) local_times: RwSignal<bool>,
    pub(crate) theme: RwSignal<Theme>,
    /// Whether somebody can see the page; a hidden tab need not draw.
    pub(crate) visible: RwSignal<bool>,
}

#[derive(Clone, Copy)]
struct Shown {
    knowledge: StoredValue<Knowledge>,
    frozen: StoredValue<Option<Knowledge>>,
    revisions: [RwSignal<u32>; Part::COUNT],
}

impl Shown {
    fn read<R>(&self, part: Part, look: impl FnOnce(&Knowledge) -> R) -> R {
        self.revisions[part as usize].track();
        self.look(look)
    }

    fn look<R>(&self, look: impl FnOnce(&Knowledge) -> R) -> R {
        self.frozen.with_value(|frozen| match frozen {
            Some(frozen) => look(frozen),
            None => self.knowledge.with_value(look),
        })
    }
}

/// [`Status`] as it is shown: with a countdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Connecting { attempt: u32 },
    Live,
    Waiting { seconds: u32, attempt: u32 },
    Offline(OfflineReason),
}

impl Link {
    pub(crate) fn new(status: Status, now_ms: f64) -> Self {
        match status {
            Status::Connecting { attempt } => Self::Connecting { attempt },
            Status::Live => Self::Live,
            Status::Waiting {
                retry_at_ms,
                attempt,
            } => Self::Waiting {
                seconds: ((retry_at_ms - now_ms) / 1_000.0).ceil().max(0.0) as u32,
                attempt,
            },
            Status::Offline(reason) => Self::Offline(reason),
        }
    }
}

impl View {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let shown = Shown {
            knowledge: StoredValue::new(Knowledge::new(snapshot)),
            frozen: StoredValue::new(None),
            revisions: [(); Part::COUNT].map(|()| RwSignal::new(0)),
        };
        let now_ms = snapshot.now.unix_ms() as f64;
        let freshness = shown
            .knowledge
            .with_value(|knowledge| Freshness::of(knowledge.samples.points().last(), now_ms));
        Self {
            shown,
            changed: StoredValue::new([false; Part::COUNT]),
            paused: RwSignal::new(false),
            held_back: RwSignal::new(0),
            freshness: RwSignal::new(freshness),
            link: RwSignal::new(Link::Connecting { attempt: 0 }),
            transport: RwSignal::new(Transport::WebSocket),
            wishes: RwSignal::new(Wishes::default()),
            statistics: RwSignal::new(Statistics::default()),
            local_times: RwSignal::new(false),
            theme: RwSignal::new(Theme::System),
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
    pub(crate) fn apply(&self, received: &Received) {
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
        if self.wishes.get_untracked() == wishes {
            return;
        }
        self.wishes.set(wishes);
        let interval_ms = wishes.of(Stream::Metrics).interval_ms;
        self.change(|knowledge, _| knowledge.ask_interval(interval_ms));
    }

    /// Empties the feed, also the one that a pause has frozen.
    pub(crate) fn clear_feed(&self) {
        self.change(|knowledge, changed| {
            knowledge.clear_feed();
            changed(Part::Feed);
        });
        self.shown.frozen.update_value(|frozen| {
            if let Some(frozen) = frozen {
                frozen.clear_feed();
            }
        });
        self.fire(Part::Feed);
    }

    fn change(&self, change: impl FnOnce(&mut Knowledge, &mut dyn FnMut(Part))) {
        let mut changed = self.changed.get_value();
        self.shown.knowledge.update_value(|knowledge| {
            change(knowledge, &mut |part| changed[part as usize] = true);
        });
        self.changed.set_value(changed);
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
                revision.update(|revision| *revision = revision.wrapping_add(1));
            }
        }
    }

    fn fire(&self, part: Part) {
        self.shown.revisions[part as usize].update(|revision| *revision = revision.wrapping_add(1));
    }

    /// Freezes what is shown, or shows everything that came meanwhile.
    pub(crate) fn toggle_pause(&self) {
        let pause = !self.paused.get_untracked();
        if pause {
            self.flush();
        }
        let kept = pause.then(|| self.shown.knowledge.get_value());
        self.shown.frozen.set_value(kept);
        self.paused.set(pause);
        self.held_back.set(0);
        self.flush();
    }

    /// Lets time pass by the server's clock: the age of what is shown, the countdown, and what is
    /// held back. Ages stand still in a pause.
    pub(crate) fn tick(&self, server_now_ms: f64, link: Link) {
        set_if_changed(self.link, link);
        if self.paused.get_untracked() {
            let known = self.shown.knowledge.with_value(|k| k.updates);
            let shown = self.read_untracked(|knowledge| knowledge.updates);
            set_if_changed(self.held_back, known - shown);
        } else {
            let freshness = self.read_untracked(|knowledge| {
                Freshness::of(knowledge.samples.points().last(), server_now_ms)
            });
            set_if_changed(self.freshness, freshness);
        }
    }

    fn read_untracked<R>(&self, look: impl FnOnce(&Knowledge) -> R) -> R {
        self.shown.look(look)
    }
}

/// A signal fires even if its new value is the old one, and each firing costs a rendering.
pub(crate) fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
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
        view.apply(&Received::parse(&text));
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
            view.tick(5_000.0, Link::Live);
            assert_eq!(view.held_back.get_untracked(), 2);
            view.toggle_pause();
            assert_eq!(viewers(), 4);
            assert_eq!(view.held_back.get_untracked(), 0);
        });
    }

    #[test]
    fn the_countdown_rounds_up() {
        let waiting = Status::Waiting {
            retry_at_ms: 4_100.0,
            attempt: 3,
        };
        let link = |seconds| Link::Waiting {
            seconds,
            attempt: 3,
        };
        assert_eq!(Link::new(waiting, 0.0), link(5));
        assert_eq!(Link::new(waiting, 4_000.0), link(1));
        assert_eq!(Link::new(waiting, 9_000.0), link(0));
    }
}
