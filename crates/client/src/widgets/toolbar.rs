use super::clock_time;
use super::streams::{interval, streams};
use crate::kit::browser::monotonic_ms;
use crate::kit::button::{Button, button, pressed};
use crate::kit::fact::fact;
use crate::kit::text::{live, still};
use crate::kit::text_content::text_content;
use crate::kit::{format, icon};
use crate::model::{Part, Speed};
use crate::session::{View, past};
use leptos::prelude::*;
use protocol::Level;

/// What moves, and the controls that stop it.
pub(crate) fn toolbar(view: View) -> impl IntoView {
    let updates = live(move || format::grouped(view.read(Part::Updates, |model| model.updates)));
    let rate = live(move || format!("{}/s", view.updates_per_second.get()));
    let refresh = Button {
        class: "button refresh",
        ..Button::plain(
            "refresh",
            "Ask for a sample now (r)",
            icon::REFRESH,
            "Refresh",
        )
    };
    view! {
        <section class="toolbar" aria-label="Controls">
            <dl class="facts">
                {last_sample(view)} {fact("Updates", Some("updates"), updates)}
                {fact("Rate", Some("update-rate"), rate)}
            </dl>
            <div class="controls" role="group" aria-label="View">
                {pause_button(view)} {button(refresh, Box::new(move || view.connection.refresh()))}
                {interval(view)} {sound_button(view)} {notify_button(view)}
            </div>
            {streams(view)}
        </section>
    }
}

fn last_sample(view: View) -> impl IntoView {
    let at = move || {
        let host = view.host.get();
        view.read(Part::Samples, |model| model.newest(&host).map(|it| it.at))
    };
    let text = live(move || match at() {
        Some(at) => clock_time::text(view.local_times, at),
        None => format::ABSENT.into(),
    });
    let datetime = live(move || at().map_or(String::new(), |at| at.to_string()));
    view! {
        <div class="fact">
            <dt>"Last sample"</dt>
            <dd>
                <time
                    data-testid="last-sample"
                    {..text_content(text)}
                    datetime=datetime
                ></time>
            </dd>
        </div>
    }
}

fn pause_button(view: View) -> impl IntoView {
    // At another moment the button stops and starts the moments.
    let stands = move || match view.past.is_shown() {
        true => view.past.speed.get() == Speed::Stopped,
        false => view.paused.get(),
    };
    let icon = move || match stands() {
        true => icon::RESUME.to_owned(),
        false => icon::PAUSE.to_owned(),
    };
    // While paused, what is held back shows that data keeps arriving.
    let label = move || match (view.paused.get(), view.held_back.get()) {
        _ if view.past.is_shown() => if stands() { "Play" } else { "Stop" }.to_owned(),
        (false, _) => "Pause".to_owned(),
        (true, 0) => "Resume".to_owned(),
        (true, count) => format!("Resume ({} new)", format::grouped(count)),
    };
    let what = Button {
        icon: live(icon),
        label: live(label),
        pressed: pressed(stands),
        ..Button::plain("pause", "Freeze the view; data keeps arriving (p)", "", "")
    };
    button(
        what,
        Box::new(move || past::toggle_pause(view, monotonic_ms())),
    )
}

fn sound_button(view: View) -> impl IntoView {
    let sound = view.attention.sound;
    let icon = move || match sound.get() {
        true => icon::SOUND.to_owned(),
        false => icon::MUTED.to_owned(),
    };
    let what = Button {
        icon: live(icon),
        pressed: pressed(move || sound.get()),
        ..Button::plain("sound", "Sound for warnings and errors", "", "Sound").bare()
    };
    button(what, Box::new(move || view.attention.toggle_sound()))
}

fn notify_button(view: View) -> impl IntoView {
    let what = Button {
        pressed: pressed(move || view.attention.notify.get()),
        icon: still(icon::BELL),
        ..Button::plain(
            "notify",
            "Browser notifications for alerts",
            "",
            "Notifications",
        )
        .bare()
    };
    let denied = move || {
        let text = "The browser does not let this page notify you".to_owned();
        view.toasts.show(Level::Warning, text, monotonic_ms());
    };
    button(what, Box::new(move || view.attention.toggle_notify(denied)))
}
