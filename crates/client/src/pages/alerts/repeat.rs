use super::condition::{check, labelled};
use crate::kit::browser::browser_zone;
use crate::kit::form::{Field, field};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::pages::age::age_text;
use leptos::prelude::*;
use protocol::alerting::{Repeat, Silence, Weekday};

const DAY_MS: i64 = 86_400_000;

/// When a maintenance window opens, as it is entered.
#[derive(Clone, Copy)]
pub(super) struct Repeated {
    /// From Monday on.
    days: [State<bool>; 7],
    at: State<String>,
    lasts: State<String>,
    zone: State<String>,
}

impl Repeated {
    pub(super) fn new() -> Self {
        let text = |text: &str| State::new(text.to_owned());
        Self {
            days: [(); 7].map(|()| State::new(false)),
            at: text("02:00"),
            lasts: text("2h"),
            zone: State::new(browser_zone().unwrap_or_else(|| "UTC".to_owned())),
        }
    }

    /// Fields that are shown unless this holds. Their identifiers begin with the prefix.
    pub(super) fn fields(self, prefix: &str, hidden: Signal<bool>) -> Piece {
        let mut days = Vec::new();
        for (day, state) in Weekday::ALL.into_iter().zip(self.days) {
            days.push(check(test_id(day), name(day), state));
        }
        let days = view! {
            <div class="form-days" role="group" aria-label="Days">
                {days}
            </div>
        };
        let of = |id: &str, label: &'static str, value: State<String>| Field {
            hidden,
            ..Field::text(&[prefix, id].concat(), label, value)
        };
        view! {
            <div hidden=hidden>{labelled("Days", days.into_piece())}</div>
            {field(Field { kind: "time", ..of("-at", "Opens at", self.at) })}
            {field(Field { hint: "Such as 90m or 2h, at most 7d.", ..of("-lasts", "Lasts", self.lasts) })}
            {field(Field {
                hint: "The time zone of the days and the time, such as Europe/Berlin.",
                ..of("-zone", "Time zone", self.zone)
            })}
        }
        .into_piece()
    }

    /// What was entered, and how long each window lasts.
    pub(super) fn entered(self) -> Result<(Repeat, String), String> {
        let days = Weekday::ALL.into_iter().zip(self.days);
        let days: Vec<Weekday> = days
            .filter(|(_, state)| state.get_untracked())
            .map(|(day, _)| day)
            .collect();
        if days.is_empty() {
            return Err("Choose at least one day.".to_owned());
        }
        let trimmed = |state: State<String>| state.get_untracked().trim().to_owned();
        // Some browsers add seconds to a time.
        let at = trimmed(self.at).chars().take(5).collect();
        let zone = trimmed(self.zone);
        Ok((Repeat { days, at, zone }, trimmed(self.lasts)))
    }
}

fn test_id(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "repeat-mon",
        Weekday::Tuesday => "repeat-tue",
        Weekday::Wednesday => "repeat-wed",
        Weekday::Thursday => "repeat-thu",
        Weekday::Friday => "repeat-fri",
        Weekday::Saturday => "repeat-sat",
        Weekday::Sunday => "repeat-sun",
    }
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

/// When a maintenance window opens: `Every Mon, Tue 02:00–04:00 Europe/Berlin · next in 3 h`.
pub(super) fn repeat_text(repeat: &Repeat, silence: &Silence, now_ms: i64) -> String {
    let mut days: Vec<Weekday> = repeat.days.clone();
    days.sort_unstable();
    days.dedup();
    let mut names = String::new();
    for day in &days {
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(name(*day));
    }
    if days.len() == Weekday::ALL.len() {
        "day".clone_into(&mut names);
    }
    let lasts_ms = silence.ends_ms - silence.starts_ms;
    let until = match end_of(&repeat.at, lasts_ms) {
        Some(end) => ["–", &end].concat(),
        None => [" for ", &age_text(lasts_ms as f64)].concat(),
    };
    let state = if silence.starts_ms <= now_ms {
        [
            " · open for another ",
            &age_text((silence.ends_ms - now_ms) as f64),
        ]
        .concat()
    } else {
        [
            " · next in ",
            &age_text((silence.starts_ms - now_ms) as f64),
        ]
        .concat()
    };
    [
        "Every ",
        &names,
        " ",
        &repeat.at,
        &until,
        " ",
        &repeat.zone,
        &state,
    ]
    .concat()
}

/// The time of day at which it closes; absent if it lasts longer than a day.
fn end_of(at: &str, lasts_ms: i64) -> Option<String> {
    let (hour, minute) = at.split_once(':')?;
    let start: i64 = hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?;
    let end = (start + lasts_ms / 60_000) % 1_440;
    let two = |number: i64| match number {
        0..10 => ["0", &number.to_string()].concat(),
        number => number.to_string(),
    };
    (lasts_ms < DAY_MS).then(|| [&two(end / 60), ":", &*two(end % 60)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn text(days: &[Weekday], at: &str, (starts_ms, lasts_ms): (i64, i64)) -> String {
        let repeat = Repeat {
            days: days.to_vec(),
            at: at.into(),
            zone: "Europe/Berlin".into(),
        };
        let silence = Silence {
            id: String::new(),
            rule: None,
            series: None,
            starts_ms,
            ends_ms: starts_ms + lasts_ms,
            repeat: Some(repeat.clone()),
            by: String::new(),
            file: None,
            why: String::new(),
        };
        repeat_text(&repeat, &silence, 10 * HOUR_MS)
    }

    #[test]
    fn a_maintenance_window_is_a_phrase() {
        let days = [Weekday::Tuesday, Weekday::Monday];
        assert_eq!(
            text(&days, "02:00", (13 * HOUR_MS, 2 * HOUR_MS)),
            "Every Mon, Tue 02:00–04:00 Europe/Berlin · next in 3 h"
        );
        assert_eq!(
            text(&Weekday::ALL, "23:30", (9 * HOUR_MS, 5_400_000)),
            "Every day 23:30–01:00 Europe/Berlin · open for another 30 min"
        );
        assert_eq!(
            text(&days[..1], "00:00", (10 * HOUR_MS + 1, 2 * DAY_MS)),
            "Every Tue 00:00 for 2 d Europe/Berlin · next in 0 s"
        );
    }
}
