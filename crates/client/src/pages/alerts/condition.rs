use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use leptos::prelude::*;
use protocol::alerting::RuleDefinition;

/// A rule's condition in words.
pub(super) fn condition_text(rule: &RuleDefinition) -> String {
    let number = |value: f64| value.to_string();
    let within = rule.within.as_deref().unwrap_or_default();
    let mut text = if let Some(above) = rule.above {
        ["above ", &number(above)].concat()
    } else if let Some(below) = rule.below {
        ["below ", &number(below)].concat()
    } else if let Some(change) = rule.change {
        ["changes by ", &number(change), " within ", within].concat()
    } else if let Some(rate) = rule.rate {
        ["changes by ", &number(rate), " per second over ", within].concat()
    } else if let Some((word, value)) = projected(rule) {
        let ahead = rule.ahead.as_deref().unwrap_or_default();
        [
            "will be ",
            word,
            " ",
            &number(value),
            " in ",
            ahead,
            ", by the last ",
            within,
        ]
        .concat()
    } else {
        let absent = rule.absent.as_deref().unwrap_or_default();
        ["no value for ", absent].concat()
    };
    if let Some(held) = &rule.for_ {
        text.push_str(" for ");
        text.push_str(held);
    }
    text
}

/// The threshold of a projection, and on which side of it.
fn projected(rule: &RuleDefinition) -> Option<(&'static str, f64)> {
    let above = rule.projected_above.map(|it| ("above", it));
    above.or_else(|| rule.projected_below.map(|it| ("below", it)))
}

/// A field that may be empty.
pub(super) fn optional_field(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    value: State<String>,
) -> Piece {
    let hint_id = [id, "-hint"].concat();
    view! {
        <div class="form-field">
            <label for=id>{label}</label>
            <input
                class="field"
                type="text"
                id=id
                name=id
                data-testid=id
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=hint_id.clone()
                prop:value=live(move || value.get())
                on:input=move |event| value.set(event_target_value(&event))
            />
            <p class="form-hint" id=hint_id>{hint}</p>
        </div>
    }
    .into_piece()
}

/// A control with a label that is not the name by which assistive technology knows it.
pub(super) fn labelled(label: &'static str, content: Piece) -> Piece {
    view! {
        <div class="form-field">
            <span class="form-label" aria-hidden="true">{label}</span>
            {content}
        </div>
    }
    .into_piece()
}

pub(super) fn check(test_id: &'static str, label: &'static str, state: State<bool>) -> Piece {
    view! {
        <label class="form-check">
            <input
                type="checkbox"
                data-testid=test_id
                prop:checked=when(move || state.get())
                on:change=move |_| state.set(!state.get_untracked())
            />
            <span>{label}</span>
        </label>
    }
    .into_piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_a_phrase() {
        let mut rule = RuleDefinition::new("CPU", "cpu");
        rule.absent = Some("5m".into());
        assert_eq!(condition_text(&rule), "no value for 5m");
        rule.rate = Some(-1.5);
        rule.within = Some("10m".into());
        assert_eq!(condition_text(&rule), "changes by -1.5 per second over 10m");
        let mut ahead = RuleDefinition::new("Disk", "disk");
        ahead.projected_above = Some(100.0);
        (ahead.ahead, ahead.within) = (Some("24h".into()), Some("3h".into()));
        assert_eq!(
            condition_text(&ahead),
            "will be above 100 in 24h, by the last 3h"
        );
        rule.above = Some(90.0);
        rule.for_ = Some("1m".into());
        assert_eq!(condition_text(&rule), "above 90 for 1m");
    }
}
