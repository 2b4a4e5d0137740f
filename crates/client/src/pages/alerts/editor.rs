use super::Lists;
use super::condition::{labelled, optional_field};
use crate::kit::browser::{date_time, focus, monotonic_ms, page_url, uri_component, wall_ahead_ms};
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option, select};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::translatable;
use crate::pages::account::{heading_id, loading, problem, section, send};
use crate::session::api::{self, Method, body};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::alerting::{Backtest, BacktestResponse, RuleDefinition};
use protocol::{Level, Timestamp};

const ID: &str = "editor";

/// A preview is of so long, in milliseconds.
const PREVIEW_MS: f64 = 7.0 * 86_400_000.0;

/// So many firings of a preview are shown.
const FIRINGS_SHOWN_MAX: usize = 20;

/// How the names of conditions about the future begin.
const PROJECTED: &str = "projected";

const CONDITIONS: [[&str; 2]; 7] = [
    ["above", "The value is above"],
    ["below", "The value is below"],
    ["change", "The value changes by"],
    ["rate", "The value changes per second by"],
    ["projected_above", "The value will be above"],
    ["projected_below", "The value will be below"],
    ["absent", "There is no value for"],
];

/// The rule in the editor.
#[derive(Clone, Copy)]
pub(super) struct Edited {
    /// The name of the rule that is changed; empty for a new one.
    of: State<String>,
    name: State<String>,
    series: State<String>,
    condition: State<String>,
    /// The threshold, or the duration of absence.
    threshold: State<String>,
    within: State<String>,
    ahead: State<String>,
    held: State<String>,
    clear: State<String>,
    keep_firing_for: State<String>,
    level: State<String>,
    summary: State<String>,
    runbook: State<String>,
    preview: State<Preview>,
    /// What is not in the fields.
    rest: State<Option<RuleDefinition>>,
}

#[derive(Clone)]
enum Preview {
    None,
    Loading,
    Failed(String),
    Done(BacktestResponse),
}

impl Edited {
    pub(super) fn new() -> Self {
        let text = |text: &str| State::new(text.to_owned());
        Self {
            of: text(""),
            name: text(""),
            series: text(""),
            condition: text("above"),
            threshold: text(""),
            within: text(""),
            ahead: text(""),
            held: text(""),
            clear: text(""),
            keep_firing_for: text(""),
            level: text(Level::Warning.name()),
            summary: text(""),
            runbook: text(""),
            preview: State::new(Preview::None),
            rest: State::new(None),
        }
    }

    /// Puts a rule into the editor.
    pub(super) fn edit(self, rule: &RuleDefinition) {
        self.of.set(rule.name.clone());
        self.fill(rule);
        focus(&heading_id(ID));
    }

    fn fill(self, rule: &RuleDefinition) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<f64>| number.map(|it| it.to_string()).unwrap_or_default();
        let (condition, threshold) = match rule {
            RuleDefinition { below: Some(_), .. } => ("below", number(rule.below)),
            RuleDefinition {
                change: Some(_), ..
            } => ("change", number(rule.change)),
            RuleDefinition { rate: Some(_), .. } => ("rate", number(rule.rate)),
            RuleDefinition {
                projected_above: Some(_),
                ..
            } => ("projected_above", number(rule.projected_above)),
            RuleDefinition {
                projected_below: Some(_),
                ..
            } => ("projected_below", number(rule.projected_below)),
            RuleDefinition {
                absent: Some(_), ..
            } => ("absent", text(&rule.absent)),
            _ => ("above", number(rule.above)),
        };
        self.name.set(rule.name.clone());
        self.series.set(rule.series.clone());
        self.condition.set(condition.to_owned());
        self.threshold.set(threshold);
        self.within.set(text(&rule.within));
        self.ahead.set(text(&rule.ahead));
        self.held.set(text(&rule.for_));
        self.clear.set(number(rule.clear));
        self.keep_firing_for.set(text(&rule.keep_firing_for));
        self.level.set(rule.level.name().to_owned());
        self.summary.set(text(&rule.summary));
        self.runbook.set(text(&rule.runbook));
        self.preview.set(Preview::None);
        self.rest.set(Some(rule.clone()));
    }

    fn clear(self) {
        self.of.set(String::new());
        self.fill(&RuleDefinition::new("", ""));
        self.rest.set(None);
    }

    /// The rule that the fields describe.
    fn rule(self) -> Result<RuleDefinition, String> {
        let some = |state: State<String>| {
            let text = state.get_untracked().trim().to_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let number = |state: State<String>, what: &str| match some(state) {
            None => Ok(None),
            Some(text) => match text.replace(',', ".").parse::<f64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err([what, " is not a number."].concat()),
            },
        };
        let name = some(self.name).unwrap_or_default();
        let mut rule = RuleDefinition::new(name, some(self.series).unwrap_or_default());
        match self.condition.get_untracked().as_str() {
            "below" => rule.below = number(self.threshold, "The threshold")?,
            "change" => rule.change = number(self.threshold, "The change")?,
            "rate" => rule.rate = number(self.threshold, "The change")?,
            "projected_above" => {
                rule.projected_above = number(self.threshold, "The threshold")?;
            }
            "projected_below" => {
                rule.projected_below = number(self.threshold, "The threshold")?;
            }
            "absent" => rule.absent = some(self.threshold),
            _ => rule.above = number(self.threshold, "The threshold")?,
        }
        let is_projected = rule.projected_above.is_some() || rule.projected_below.is_some();
        let has_window = is_projected || rule.change.is_some() || rule.rate.is_some();
        rule.within = some(self.within).filter(|_| has_window);
        rule.ahead = some(self.ahead).filter(|_| is_projected);
        rule.for_ = some(self.held);
        rule.clear = number(self.clear, "The clear threshold")?.filter(|_| rule.absent.is_none());
        rule.keep_firing_for = some(self.keep_firing_for);
        let level = self.level.get_untracked();
        let level = Level::ALL.into_iter().find(|it| it.name() == level);
        rule.level = level.unwrap_or(Level::Warning);
        rule.summary = some(self.summary);
        rule.runbook = some(self.runbook);
        if let Some(rest) = self.rest.get_untracked() {
            rule.labels = rest.labels;
            rule.inhibits = rest.inhibits;
            rule.enabled = rest.enabled;
        }
        Ok(rule)
    }

    /// Asks what the rule would have done.
    fn test(self) {
        let rule = match self.rule() {
            Ok(rule) => rule,
            Err(why) => return self.preview.set(Preview::Failed(why)),
        };
        self.preview.set(Preview::Loading);
        let now_ms = monotonic_ms() + wall_ahead_ms();
        let request = Backtest {
            rule,
            from_ms: (now_ms - PREVIEW_MS) as i64,
            to_ms: None,
        };
        spawn_local(async move {
            let response = send(Method::POST, "rules/backtest", body(&request)).await;
            let read = response.and_then(|response| {
                api::read::<BacktestResponse>(&response).map_err(|refusal| refusal.text)
            });
            self.preview.set(match read {
                Ok(response) => Preview::Done(response),
                Err(why) => Preview::Failed(why),
            });
        });
    }
}

/// A form for a rule, and what that would have done.
pub(super) fn section_of(lists: Lists, edited: Edited) -> Piece {
    let work = move || -> Work {
        let rule = edited.rule();
        Box::pin(async move {
            let rule = rule?;
            let of = edited.of.get_untracked();
            let name = rule.name.clone();
            if of.is_empty() {
                send(Method::POST, "rules", body(&rule)).await?;
            } else {
                let path = ["rules/", &uri_component(&of)].concat();
                send(Method::PUT, &path, body(&rule)).await?;
            }
            edited.clear();
            lists.reload().await;
            Ok(["The rule ", &name, " is saved."].concat())
        })
    };
    let form = form(
        "rule-form",
        fields(edited),
        Submission::new(),
        "Save rule",
        Box::new(work),
    );
    let subject = live(move || {
        let of = edited.of.get();
        match of.is_empty() {
            true => "A new rule.".to_owned(),
            false => ["Changes the rule ", &of, "."].concat(),
        }
    });
    let content = view! {
        <p class="account-note" {..translatable(subject)}></p>
        {form}
        <div class="controls">
            <button
                class="button chip"
                type="button"
                data-testid="rule-preview"
                on:click=move |_| edited.test()
            >
                "Preview over the last 7 days"
            </button>
            <button
                class="button chip"
                type="button"
                hidden=when(move || edited.of.get().is_empty())
                on:click=move |_| edited.clear()
            >
                "Cancel the change"
            </button>
        </div>
        <div role="status" aria-live="polite">{preview(edited)}</div>
    };
    section(ID, "Rule editor", content.into_piece())
}

fn fields(edited: Edited) -> Vec<Piece> {
    let choice = move || {
        let chosen = edited.condition.get();
        let mut options = Vec::new();
        for [value, name] in CONDITIONS {
            options.push(option(value.into(), name.into(), value == chosen));
        }
        let choice = Select {
            test_id: "rule-condition",
            label: "Condition",
            options: options.into_piece(),
        };
        select(choice, Box::new(move |value| edited.condition.set(value))).into_piece()
    };
    let level = move || {
        let chosen = edited.level.get();
        let mut options = Vec::new();
        for level in [Level::Info, Level::Warning, Level::Error] {
            let name = level.name();
            options.push(option(name.into(), name.into(), name == chosen));
        }
        let choice = Select {
            test_id: "rule-level",
            label: "Level",
            options: options.into_piece(),
        };
        select(choice, Box::new(move |value| edited.level.set(value))).into_piece()
    };
    let has_no_window = when(move || {
        let condition = edited.condition.get();
        condition != "change" && condition != "rate" && !condition.starts_with(PROJECTED)
    });
    let is_now = when(move || !edited.condition.get().starts_with(PROJECTED));
    vec![
        field(Field {
            hint: "As it is called in alerts and notifications. It cannot be changed later.",
            ..Field::text("rule-name", "Name", edited.name)
        }),
        field(Field {
            hint: "A selector, such as disk{mount!=\"\"} or sum by (host) (Requests).",
            ..Field::text("rule-series", "Series", edited.series)
        }),
        labelled("Condition", choice.into_piece()),
        field(Field {
            hint: "A number; for missing values a duration such as 5m.",
            ..Field::text("rule-threshold", "Threshold", edited.threshold)
        }),
        field(Field {
            hint: "The window over which the change is measured, such as 10m.",
            hidden: has_no_window,
            ..Field::text("rule-within", "Within", edited.within)
        }),
        field(Field {
            hint: "How far ahead, such as 24h, if the value goes on as it did within the window.",
            hidden: is_now,
            ..Field::text("rule-ahead", "Ahead", edited.ahead)
        }),
        optional_field(
            "rule-for",
            "For",
            "How long the condition must hold, such as 5m. Empty: it fires at once.",
            edited.held,
        ),
        optional_field(
            "rule-clear",
            "Clear threshold",
            "Where a firing alert resolves, if not at the threshold.",
            edited.clear,
        ),
        optional_field(
            "rule-keep",
            "Keep firing for",
            "How long the condition must not hold before the alert resolves.",
            edited.keep_firing_for,
        ),
        labelled("Level", level.into_piece()),
        optional_field(
            "rule-summary",
            "Summary",
            "{value}, {threshold}, {host}, {series} and labels such as {mount} are replaced.",
            edited.summary,
        ),
        optional_field(
            "rule-runbook",
            "Runbook",
            "A link to what to do about it.",
            edited.runbook,
        ),
    ]
}

fn preview(edited: Edited) -> Piece {
    let view = move || match edited.preview.get() {
        Preview::None => ().into_piece(),
        Preview::Loading => loading(),
        Preview::Failed(why) => problem(&why),
        Preview::Done(response) => outcome(&response),
    };
    view.into_piece()
}

fn outcome(response: &BacktestResponse) -> Piece {
    let times = match response.count {
        0 => "It would not have fired".to_owned(),
        1 => "It would have fired once".to_owned(),
        count => ["It would have fired ", &count.to_string(), " times"].concat(),
    };
    let since = date_time(response.from_ms as f64);
    let series = response.series_count.to_string();
    let text = [&times, " since ", &since, ", over ", &series, " series."].concat();
    let mut items = Vec::new();
    for firing in response.firings.iter().rev().take(FIRINGS_SHOWN_MAX) {
        let moment = Timestamp::from_unix_ms(firing.fired_ms).to_string();
        let link = ["/?at=", &uri_component(&moment)].concat();
        let lasted = match firing.resolved_ms {
            Some(resolved_ms) => {
                let lasted_ms = (resolved_ms - firing.fired_ms) as f64;
                [" for ", &crate::pages::age::age_text(lasted_ms)].concat()
            }
            None => " until now".to_owned(),
        };
        let text = [&lasted, ": ", &firing.message].concat();
        items.push(view! {
            <li>
                <a href=page_url(&link)>{date_time(firing.fired_ms as f64)}</a>
                <span translate="no">{text}</span>
            </li>
        });
    }
    view! {
        <p class="account-note" data-testid="preview-outcome">{text}</p>
        <ul class="alert-history" data-testid="preview-firings">{items}</ul>
    }
    .into_piece()
}
