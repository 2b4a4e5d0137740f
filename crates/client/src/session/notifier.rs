//! Notifies the user when something is wrong, by a sound and by the browser's notifications. Both are
//! off until the user switches them on, and what they are made of is loaded then.
use crate::kit::browser::{self, recall_switch, remember_switch};
use crate::kit::later::{chunk, later};
use crate::kit::state::State;
use crate::kit::toasts::Toasts;
use crate::model::is_firing;
use protocol::{Alert, Level, Received, ServerMessage, Timestamp};

/// Where the choice is remembered.
pub(crate) const SOUND_KEY: &str = "watchroom-sound";
const NOTIFY_KEY: &str = "watchroom-notify";

/// Between two sounds, in milliseconds.
const QUIET_MS: f64 = 1_500.0;

/// A message that is older than this when it arrives notifies nobody, in milliseconds.
const RECENT_MS: f64 = 60_000.0;

const WARNING_HERTZ: f32 = 660.0;
const ERROR_HERTZ: f32 = 440.0;

/// Which kinds of notification the user has switched on.
#[derive(Clone, Copy)]
pub(crate) struct Notifier {
    pub(crate) sound: State<bool>,
    pub(crate) notify: State<bool>,
    quiet_until_ms: State<f64>,
    toasts: Toasts,
}

/// What the lazily loaded part does.
enum Job {
    ToggleSound,
    /// The browser asks for permission.
    ToggleNotify,
    /// An event of a level.
    Event(Level),
    Alert(Box<Alert>),
}

chunk! {
    idle:
    fn work(notifier: Notifier, job: Job) -> () {
        match job {
            Job::ToggleSound => notifier.switch_sound(),
            Job::ToggleNotify => notifier.switch_notify(),
            Job::Event(level) => notifier.play(level),
            Job::Alert(alert) => {
                if is_firing(&alert) {
                    notifier.play(alert.level);
                }
                if notifier.notify.get_untracked() && browser::may_notify() {
                    notify(&alert);
                }
            }
        }
    }
}

impl Notifier {
    pub(crate) fn new(toasts: Toasts) -> Self {
        Self {
            sound: State::new(false),
            notify: State::new(false),
            quiet_until_ms: State::new(0.0),
            toasts,
        }
    }

    /// Restores the choice of an earlier visit.
    pub(crate) fn recall(&self) {
        let was_on = |key| recall_switch(key).unwrap_or(false);
        self.sound.set(was_on(SOUND_KEY));
        self.notify.set(was_on(NOTIFY_KEY));
    }

    pub(crate) fn toggle_sound(&self) {
        later(self.toasts, work(*self, Job::ToggleSound));
    }

    /// Switches notifications, and asks for permission.
    pub(crate) fn toggle_notify(&self) {
        later(self.toasts, work(*self, Job::ToggleNotify));
    }

    /// Notifies the user of an important message.
    pub(crate) fn receive(&self, received: &Received, server_now_ms: f64) {
        if !self.sound.get_untracked() && !self.notify.get_untracked() {
            return;
        }
        let is_recent = |at: Timestamp| server_now_ms - (at.unix_ms() as f64) < RECENT_MS;
        let job = match &received.message {
            Ok(ServerMessage::Event(event)) if is_recent(event.timestamp) => {
                Job::Event(event.level)
            }
            Ok(ServerMessage::Alert(alert)) if is_recent(alert.timestamp) => {
                Job::Alert(Box::new(alert.clone()))
            }
            _ => return,
        };
        later(self.toasts, work(*self, job));
    }

    fn switch_sound(&self) {
        let on = !self.sound.get_untracked();
        self.sound.set(on);
        remember_switch(SOUND_KEY, on);
        if on {
            // The sound of a warning, so that the user can adjust the volume.
            browser::beep(WARNING_HERTZ);
        }
    }

    fn switch_notify(self) {
        let notify = self.notify;
        if notify.get_untracked() {
            notify.set(false);
            remember_switch(NOTIFY_KEY, false);
            return;
        }
        browser::ask_to_notify(move |granted| {
            notify.set(granted);
            remember_switch(NOTIFY_KEY, granted);
            if !granted {
                let text = "Notifications are blocked in the browser's settings".to_owned();
                let now_ms = browser::monotonic_ms();
                self.toasts.show(Level::Warning, text, now_ms);
            }
        });
    }

    fn play(&self, level: Level) {
        let now_ms = browser::monotonic_ms();
        let hertz = match level {
            Level::Error => ERROR_HERTZ,
            Level::Warning => WARNING_HERTZ,
            Level::Debug | Level::Info | Level::Success => return,
        };
        if self.sound.get_untracked() && now_ms >= self.quiet_until_ms.get_untracked() {
            self.quiet_until_ms.set(now_ms + QUIET_MS);
            browser::beep(hertz);
        }
    }
}

fn notify(alert: &Alert) {
    let title = match is_firing(alert) {
        true => alert.rule.clone(),
        false => format!("{}: resolved", alert.rule),
    };
    browser::notify(&title, &alert.message, &alert.rule);
}
