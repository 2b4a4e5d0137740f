use super::clock_time;
use super::icon::{self, icon};
use super::reading::of_sample;
use crate::format;
use crate::store::{Part, View};
use leptos::prelude::*;
use protocol::Timestamp;

/// What moves, and the controls that stop it. `refresh` asks the server for a sample out of turn.
pub(crate) fn toolbar(view: View, refresh: impl Fn() + Send + 'static) -> AnyView {
    view! {
        <div class="toolbar">
            <dl class="facts">
                {fact("Last sample", last_sample(view))} {fact("Uptime", uptime(view))}
                {fact("Updates", updates(view))}
            </dl>
            <div class="controls" role="group" aria-label="View">
                <button
                    class="button"
                    type="button"
                    title="Ask for a sample now"
                    on:click=move |_| refresh()
                >
                    {icon(icon::REFRESH)}
                    "Refresh"
                </button>
                {pause(view)}
            </div>
        </div>
    }
    .into_any()
}

fn fact(term: &'static str, description: AnyView) -> AnyView {
    view! {
        <div class="fact">
            <dt>{term}</dt>
            <dd>{description}</dd>
        </div>
    }
    .into_any()
}

fn last_sample(view: View) -> AnyView {
    let at = of_sample(view, |sample| Some(sample.timestamp));
    let text = move || match at.get() {
        Some(at) => clock_time::text(view, at),
        None => format::ABSENT.into(),
    };
    let datetime = move || at.get().as_ref().map(Timestamp::to_string);
    view! {
        <time data-testid="last-sample" datetime=datetime>
            {text}
        </time>
    }
    .into_any()
}

fn uptime(view: View) -> AnyView {
    let seconds = of_sample(view, |sample| sample.uptime_seconds);
    let text = move || match seconds.get() {
        Some(seconds) => format::duration(seconds),
        None => format::ABSENT.into(),
    };
    view! { <span>{text}</span> }.into_any()
}

fn updates(view: View) -> AnyView {
    let count = move || view.read(Part::Updates, |knowledge| knowledge.updates);
    view! { <span data-testid="updates">{move || format::grouped(count())}</span> }.into_any()
}

fn pause(view: View) -> AnyView {
    let path = move || {
        if view.paused.get() {
            icon::RESUME
        } else {
            icon::PAUSE
        }
    };
    // While paused, what is held back shows that data keeps arriving.
    let label = move || match (view.paused.get(), view.held_back.get()) {
        (false, _) => "Pause".to_owned(),
        (true, 0) => "Resume".to_owned(),
        (true, count) => format!("Resume ({} new)", format::grouped(count)),
    };
    view! {
        <button
            class="button button-pause"
            type="button"
            data-testid="pause"
            aria-pressed=move || view.paused.get().to_string()
            on:click=move |_| view.toggle_pause()
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=path></path>
            </svg>
            {label}
        </button>
    }
    .into_any()
}
