use super::ranking::clock_seconds;
use crate::kit::browser::{
    Shown, monotonic_ms, open_host, open_page, open_popover, show_heading, shown_headings,
};
use crate::model::{PageKind, Rights};
use crate::session::history::Playback;
use crate::session::{PageState, history};
use crate::widgets::chart::Charts;
use crate::widgets::history::Opened;
use crate::widgets::settings::SETTINGS_ID;
use crate::widgets::shortcuts::{SHORTCUTS, shown_key};
use std::sync::Arc;

const DAY_MS: f64 = 86_400_000.0;

/// Playback begins so long ago, in milliseconds.
const BEGIN_MS: f64 = 60_000.0;

const GO_TO: &str = "Go to";
const TIME: &str = "Time";
const ACTIONS: &str = "Actions";
const HOSTS: &str = "Hosts";

/// Something that can be done.
#[derive(Clone)]
pub(super) struct Command {
    pub(super) group: &'static str,
    pub(super) text: String,
    /// The key that does it, too; empty without one.
    pub(super) key: String,
    pub(super) run: Run,
}

type Run = Arc<dyn Fn() + Send + Sync>;

fn command(group: &'static str, text: &str, key: &str, run: Run) -> Command {
    Command {
        group,
        text: text.to_owned(),
        key: key.to_owned(),
        run,
    }
}

/// Everything that can be done now, group by group.
pub(super) fn commands(
    page: PageState,
    charts: Charts,
    opened: Opened,
    hosts_only: bool,
    rights: Rights,
) -> Vec<Command> {
    let mut all = Vec::new();
    if !hosts_only {
        go_to(&mut all, rights);
        time(&mut all, page, charts, opened);
        actions(&mut all, page);
    }
    let shown = page.host.get_untracked();
    for host in page.hosts.get_untracked() {
        if host != shown {
            let name = host.clone();
            let run: Run = Arc::new(move || open_host(&name));
            all.push(command(HOSTS, &host, "", run));
        }
    }
    all
}

/// The parts of the page that are shown, and other pages.
fn go_to(all: &mut Vec<Command>, rights: Rights) {
    for Shown { id, text } in shown_headings("content") {
        let run: Run = Arc::new(move || show_heading(&id));
        all.push(command(GO_TO, &text, "", run));
    }
    let of_server: &[PageKind] = match rights.reads_server {
        true => &[PageKind::Server, PageKind::Sources],
        false => &[],
    };
    let others = [
        PageKind::Boards,
        PageKind::Checks,
        PageKind::Account,
        PageKind::Rooms,
    ];
    for kind in others.iter().chain(of_server).copied() {
        let run: Run = Arc::new(move || open_page(kind.path()));
        all.push(command(GO_TO, kind.title(), "", run));
    }
}

fn time(all: &mut Vec<Command>, page: PageState, charts: Charts, opened: Opened) {
    for (name, _, span_ms) in charts.spans() {
        let run: Run = Arc::new(move || charts.show_span(*span_ms));
        all.push(command(TIME, &["Last ", name].concat(), "", run));
    }
    if page.playback_state.oldest_ms.is_some() {
        let range: Run = Arc::new(move || opened.open_range());
        all.push(command(TIME, "Custom range…", "", range));
        let playback: Run = Arc::new(move || {
            let now_ms = page.server_now_ms(monotonic_ms());
            Playback::new(page).go(now_ms - BEGIN_MS);
        });
        all.push(command(TIME, "Playback", "", playback));
        let statistics: Run = Arc::new(move || opened.open_statistics());
        all.push(command(TIME, "Statistics", "", statistics));
    }
    let live: Run = Arc::new(move || {
        charts.follow();
        history::back_to_live(page);
    });
    all.push(command(TIME, "Back to live", "l", live));
}

fn actions(all: &mut Vec<Command>, page: PageState) {
    let settings: Run = Arc::new(|| open_popover(SETTINGS_ID));
    all.push(command(ACTIONS, "Settings", "", settings));
    let is_playback = page.playback_state.is_shown_untracked();
    for shortcut in &SHORTCUTS {
        // Going back to live is among the times; a second back or forward does nothing there.
        let is_step = matches!(shortcut.key, "," | ".");
        if shortcut.key == "l" || is_step && !is_playback {
            continue;
        }
        let act = shortcut.act;
        let run: Run = Arc::new(move || act(page));
        let key = shown_key(shortcut.key);
        all.push(command(ACTIONS, shortcut.meaning, &key, run));
    }
}

/// The playback of a time of day that was typed: the last such moment.
pub(super) fn clock_command(page: PageState, text: &str) -> Option<Command> {
    page.playback_state.oldest_ms?;
    let seconds = clock_seconds(text)?;
    let now_ms = page.server_now_ms(monotonic_ms());
    let offset_ms = page.clock.get_untracked().offset(now_ms);
    let offset_ms = f64::from(offset_ms) * 60_000.0;
    let midnight_ms = ((now_ms + offset_ms) / DAY_MS).floor() * DAY_MS - offset_ms;
    let today_ms = midnight_ms + f64::from(seconds) * 1_000.0;
    let at_ms = match today_ms > now_ms {
        true => today_ms - DAY_MS,
        false => today_ms,
    };
    let when = page.clock.get_untracked().dated(at_ms);
    let run: Run = Arc::new(move || Playback::new(page).go(at_ms));
    Some(command(TIME, &["Go to ", &when].concat(), "", run))
}
