use super::summary::{Overall, ShownCheck, ShownMaintenance, Summary, percent};
use protocol::Timestamp;
use protocol::checks::CheckState;
use std::fmt::Write;

/// The style sheet, which is a part of the page: its hash is in the page's policy.
pub(crate) const STYLE: &str = include_str!("status.css");

/// The picture of a day: its width with the space beside it, and its height.
const DAY_WIDTH: usize = 5;
const DAY_HEIGHT: usize = 28;

const DAY_MS: i64 = 86_400_000;

/// From here on a day was up, or partly up.
const UP: f64 = 0.999_95;
const PARTLY: f64 = 0.95;

/// The page.
pub(super) fn page(summary: &Summary) -> String {
    let text = escaped(&summary.text);
    let state = match summary.state {
        Overall::Operational => "up",
        Overall::Maintenance => "maintenance",
        Overall::Failing => "down",
        Overall::Unknown => "unknown",
    };
    let mut html = String::with_capacity(4_096 + 2_048 * summary.checks.len());
    let _ = write!(
        html,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{text} · Status</title><style>{STYLE}</style></head><body><main><h1>Status</h1>\
         <p class=\"overall\" data-state=\"{state}\">{text}</p>"
    );
    maintenance(&mut html, &summary.maintenance);
    html.push_str("<ul class=\"checks\">");
    for one in &summary.checks {
        check(&mut html, one, summary.updated);
    }
    let updated = summary.updated.to_string();
    let _ = write!(
        html,
        "</ul></main><footer><p>Updated <time datetime=\"{updated}\">{}</time> · \
         <a href=\"?refresh=30\">Refresh every 30 seconds</a></p></footer></body></html>",
        moment(summary.updated)
    );
    html
}

fn maintenance(html: &mut String, windows: &[ShownMaintenance]) {
    if windows.is_empty() {
        return;
    }
    html.push_str("<section class=\"maintenance\"><h2>Maintenance</h2><ul>");
    for window in windows {
        let why = match window.why.as_str() {
            "" => "Maintenance",
            why => why,
        };
        let _ = write!(
            html,
            "<li><p>{}</p><p class=\"facts\">{} · until <time datetime=\"{}\">{}</time></p></li>",
            escaped(why),
            escaped(&window.checks.join(", ")),
            window.until,
            moment(window.until)
        );
    }
    html.push_str("</ul></section>");
}

fn check(html: &mut String, check: &ShownCheck, now: Timestamp) {
    let (state, text) = match check.state {
        CheckState::Down if check.is_maintained => ("maintenance", "Maintenance"),
        CheckState::Up => ("up", "Up"),
        CheckState::Down => ("down", "Down"),
        CheckState::Unknown => ("unknown", "No result yet"),
    };
    let _ = write!(
        html,
        "<li><h2>{}</h2><p class=\"state\" data-state=\"{state}\">{text}</p>",
        escaped(&check.name)
    );
    if let Some(uptime) = check.uptime {
        let known = check.days.iter().flatten().count();
        let days = if known == 1 { "day" } else { "days" };
        let text = format!("{} up in {known} {days}", percent(uptime));
        bars(html, &check.days, &text, now);
        let _ = write!(html, "<p class=\"facts\">{text}</p>");
    }
    html.push_str("</li>");
}

/// A bar for each day. Days that are all the same are one path; the others say what they are.
fn bars(html: &mut String, days: &[Option<f64>], text: &str, now: Timestamp) {
    let width = days.len() * DAY_WIDTH;
    let bar_width = DAY_WIDTH - 1;
    let (mut up, mut none, mut others) = (String::new(), String::new(), String::new());
    let today = now.unix_ms().div_euclid(DAY_MS);
    for (index, day) in days.iter().enumerate() {
        let x = index * DAY_WIDTH;
        let path = match *day {
            None => &mut none,
            Some(share) if share >= UP => &mut up,
            Some(share) => {
                let days_ago = (days.len() - 1 - index) as i64;
                let date = Timestamp::from_unix_ms((today - days_ago) * DAY_MS).to_string();
                let state = if share >= PARTLY { "partly" } else { "down" };
                let _ = write!(
                    others,
                    "<rect class=\"{state}\" x=\"{x}\" width=\"{bar_width}\" height=\"{DAY_HEIGHT}\"><title>{}: {} up</title></rect>",
                    &date[..10],
                    percent(share)
                );
                continue;
            }
        };
        let _ = write!(path, "M{x} 0h{bar_width}v{DAY_HEIGHT}h-{bar_width}z");
    }
    let _ = write!(
        html,
        "<svg class=\"days\" viewBox=\"0 0 {width} {DAY_HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Uptime by day: {text}\"><path class=\"up\" d=\"{up}\"/><path class=\"none\" d=\"{none}\"/>{others}</svg>"
    );
}

/// As in `2026-01-15 10:30 UTC`: without a program, a page does not know the zone of its reader.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", &text[..10], &text[11..16])
}

/// The text in HTML and SVG, as content or as the value of an attribute in quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::check;
    use super::*;

    fn shown(summary: &Summary) -> String {
        let html = page(summary);
        assert!(
            !html.contains("<script") && !html.contains("style=\""),
            "{html}"
        );
        html
    }

    #[test]
    fn a_page_has_names_states_and_days() {
        let mut web = check("<web> & \"co\"", CheckState::Up, false);
        web.days = vec![None, Some(1.0), Some(0.98), Some(0.5)];
        web.uptime = super::super::summary::uptime(&web.days);
        let window = ShownMaintenance {
            checks: vec!["api".into()],
            why: "<b>Upgrades</b>".into(),
            until: Timestamp::from_unix_ms(1_768_476_600_000),
        };
        let now = Timestamp::from_unix_ms(1_768_473_000_000);
        let checks = vec![web, check("api", CheckState::Down, true)];
        let html = shown(&Summary::new(now, checks, vec![window]));
        for expected in [
            "<title>1 of 2 checks down for maintenance · Status</title>",
            "<h2>&lt;web&gt; &amp; &quot;co&quot;</h2><p class=\"state\" data-state=\"up\">Up</p>",
            "82.66 % up in 3 days",
            "<title>2026-01-14: 98.00 % up</title>",
            "<title>2026-01-15: 50.00 % up</title>",
            "<p>&lt;b&gt;Upgrades&lt;/b&gt;</p><p class=\"facts\">api · until ",
            ">2026-01-15 11:30 UTC</time>",
            "data-state=\"maintenance\">Maintenance</p>",
            "Updated <time datetime=\"2026-01-15T10:30:00.000Z\">2026-01-15 10:30 UTC</time>",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
    }

    #[test]
    fn without_maintenance_there_is_no_section_of_it() {
        let now = Timestamp::from_unix_ms(0);
        let html = shown(&Summary::new(now, Vec::new(), Vec::new()));
        assert!(html.contains("No checks are shown here") && !html.contains("<section"));
    }
}
