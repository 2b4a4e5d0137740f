use super::button::{Button, button};
use super::clock_time;
use super::fact::fact;
use super::icon;
use crate::format;
use crate::store::{Part, View};
use leptos::prelude::*;

/// What moves, and the controls that stop it. `refresh` asks the server for a sample out of turn.
pub(crate) fn toolbar(view: View, refresh: Box<dyn Fn() + Send>) -> impl IntoView {
    let uptime = Signal::derive(move || {
        let seconds = view.sample(|sample| sample.uptime_seconds);
        seconds.map_or(format::ABSENT.into(), format::duration)
    });
    let updates = Signal::derive(move || {
        format::grouped(view.read(Part::Updates, |knowledge| knowledge.updates))
    });
    view! {
        <div class="toolbar">
            <dl class="facts">
                {last_sample(view)} {fact("Uptime", None, uptime)}
                {fact("Updates", Some("updates"), updates)}
            </dl>
            <div class="controls" role="group" aria-label="View">
                {refresh_button(refresh)} {pause_button(view)}
            </div>
        </div>
    }
}

fn last_sample(view: View) -> impl IntoView {
    let at = move || view.sample(|sample| Some(sample.timestamp));
    let text = Signal::derive(move || match at() {
        Some(at) => clock_time::text(view, at),
        None => format::ABSENT.into(),
    });
    let datetime = Signal::derive(move || at().map_or(String::new(), |at| at.to_string()));
    view! {
        <div class="fact">
            <dt>"Last sample"</dt>
            <dd>
                <time data-testid="last-sample" datetime=datetime>
                    {text}
                </time>
            </dd>
        </div>
    }
}

fn refresh_button(refresh: Box<dyn Fn() + Send>) -> impl IntoView {
    let what = Button {
        test_id: "refresh",
        title: "Ask for a sample now",
        icon: Signal::derive(|| icon::REFRESH.into()),
        label: Signal::derive(|| "Refresh".into()),
        pressed: None,
    };
    button(what, refresh)
}

fn pause_button(view: View) -> impl IntoView {
    let icon = move || match view.paused.get() {
        true => icon::RESUME.to_owned(),
        false => icon::PAUSE.to_owned(),
    };
    // While paused, what is held back shows that data keeps arriving.
    let label = move || match (view.paused.get(), view.held_back.get()) {
        (false, _) => "Pause".to_owned(),
        (true, 0) => "Resume".to_owned(),
        (true, count) => format!("Resume ({} new)", format::grouped(count)),
    };
    let what = Button {
        test_id: "pause",
        title: "Freeze the view; data keeps arriving",
        icon: Signal::derive(icon),
        label: Signal::derive(label),
        pressed: Some(Signal::derive(move || view.paused.get().to_string())),
    };
    button(what, Box::new(move || view.toggle_pause()))
}
