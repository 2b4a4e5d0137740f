use protocol::alerting::{TargetKind, WebhookAlert, WebhookBody};
use protocol::{AlertState, Labels, Level, Timestamp};
use serde::Serialize;

/// The most characters that Discord accepts; others accept more.
const TEXT_CHARS_MAX: usize = 1_900;

/// So many alerts are in a text; of others only the number.
const ALERTS_SHOWN_MAX: usize = 10;

/// How long Alertmanager shows an alert of which nothing more is heard, in milliseconds. Others of its clients repeat each
/// alert within minutes; here the end of one is sent, as often as needed.
const ALERTMANAGER_ENDS_MS: i64 = 30 * 86_400_000;

/// The most characters of an e-mail.
const EMAIL_CHARS_MAX: usize = 100_000;

/// A body, and the path that it is posted to if that is not the target's own.
pub(super) struct Form {
    pub(super) body: Vec<u8>,
    pub(super) is_at_root: bool,
}

#[derive(Serialize)]
struct Slack {
    text: String,
}

#[derive(Serialize)]
struct Discord {
    content: String,
    allowed_mentions: Mentions,
}

/// No text mentions a user of the service.
#[derive(Serialize)]
struct Mentions {
    parse: [String; 0],
}

#[derive(Serialize)]
struct Ntfy<'a> {
    topic: &'a str,
    title: String,
    message: String,
    priority: u8,
    click: &'a str,
}

/// A message with an Adaptive Card, as workflows of Teams take it.
#[derive(Serialize)]
struct Teams<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    attachments: [Attachment<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment<'a> {
    content_type: &'static str,
    content: Card<'a>,
}

/// <https://adaptivecards.io/explorer/AdaptiveCard.html>
#[derive(Serialize)]
struct Card<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
    body: Vec<TextBlock>,
    actions: Vec<OpenUrl<'a>>,
}

#[derive(Serialize)]
struct TextBlock {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    weight: &'static str,
    wrap: bool,
}

#[derive(Serialize)]
struct OpenUrl<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    url: &'a str,
}

/// An alert as Alertmanager takes it (`postableAlert` of its API, version 2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertmanagerAlert<'a> {
    labels: Labels,
    annotations: Labels,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
}

/// The subject and the text of an e-mail.
pub(super) fn email(alerts: &[WebhookAlert]) -> (String, String) {
    let mut text = text(alerts, EMAIL_CHARS_MAX, str::to_owned, str::to_owned);
    text.push('\n');
    (title(alerts), text)
}

fn teams(alerts: &[WebhookAlert]) -> Teams<'_> {
    let block = |text, weight| TextBlock {
        kind: "TextBlock",
        text,
        weight,
        wrap: true,
    };
    let text = text(alerts, TEXT_CHARS_MAX, markdown_escaped, plain_link);
    let lines = text.lines().map(|line| block(line.to_owned(), "default"));
    let title = block(markdown_escaped(&title(alerts)), "bolder");
    let url = alerts.first().map(|it| OpenUrl {
        kind: "Action.OpenUrl",
        title: "Open in Watchroom",
        url: &it.url,
    });
    Teams {
        kind: "message",
        attachments: [Attachment {
            content_type: "application/vnd.microsoft.card.adaptive",
            content: Card {
                schema: "http://adaptivecards.io/schemas/adaptive-card.json",
                kind: "AdaptiveCard",
                version: "1.4",
                body: std::iter::once(title).chain(lines).collect(),
                actions: url.into_iter().collect(),
            },
        }],
    }
}

fn alertmanager(it: &WebhookAlert) -> AlertmanagerAlert<'_> {
    let alert = &it.alert;
    let mut labels: Labels = it
        .labels
        .iter()
        .map(|(label, value)| (label_name(label), value.clone()))
        .collect();
    let mut annotations = Labels::new();
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    for (label, value) in [
        ("alertname", alert.rule.clone()),
        ("severity", alert.level.name().to_owned()),
        ("host", optional(&alert.host)),
        ("series", optional(&alert.series)),
    ] {
        if !value.is_empty() {
            labels.insert(label.to_owned(), value);
        }
    }
    for (name, value) in [
        ("summary", alert.message.clone()),
        ("runbook_url", optional(&alert.runbook)),
        (
            "value",
            alert.value.map(|it| it.to_string()).unwrap_or_default(),
        ),
    ] {
        if !value.is_empty() {
            annotations.insert(name.to_owned(), value);
        }
    }
    let starts_at = alert.fired_at.unwrap_or(alert.timestamp);
    AlertmanagerAlert {
        labels,
        annotations,
        starts_at,
        ends_at: match alert.state {
            AlertState::Resolved => alert.timestamp,
            AlertState::Firing => {
                Timestamp::from_unix_ms(starts_at.unix_ms() + ALERTMANAGER_ENDS_MS)
            }
        },
        generator_url: &it.url,
    }
}

/// What Prometheus accepts as the name of a label.
fn label_name(label: &str) -> String {
    let replaced = |character: char| match character.is_ascii_alphanumeric() {
        true => character,
        false => '_',
    };
    let name: String = label.chars().map(replaced).collect();
    match name.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}

/// The body of a notification; none if it cannot be written.
pub(super) fn form(kind: TargetKind, path: &str, alerts: Vec<WebhookAlert>) -> Option<Form> {
    let own = |body: serde_json::Result<Vec<u8>>| {
        let body = body.ok()?;
        Some(Form {
            body,
            is_at_root: false,
        })
    };
    match kind {
        TargetKind::Webhook => own(serde_json::to_vec(&WebhookBody { version: 1, alerts })),
        TargetKind::Slack => own(serde_json::to_vec(&Slack {
            text: text(&alerts, TEXT_CHARS_MAX, slack_escaped, |link| {
                slack_escaped(&plain_link(link))
            }),
        })),
        TargetKind::Discord => own(serde_json::to_vec(&Discord {
            content: text(&alerts, TEXT_CHARS_MAX, markdown_escaped, plain_link),
            allowed_mentions: Mentions { parse: [] },
        })),
        TargetKind::Teams => own(serde_json::to_vec(&teams(&alerts))),
        TargetKind::Alertmanager => {
            let alerts: Vec<_> = alerts.iter().map(alertmanager).collect();
            own(serde_json::to_vec(&alerts))
        }
        // It is not posted.
        TargetKind::Email => None,
        TargetKind::Ntfy => {
            let gravest = alerts.iter().map(|it| it.alert.level).max();
            let priority = match gravest {
                Some(Level::Error) => 5,
                Some(Level::Warning) => 4,
                _ => 3,
            };
            let body = serde_json::to_vec(&Ntfy {
                topic: path.rsplit('/').next().unwrap_or_default(),
                title: title(&alerts),
                message: text(&alerts, TEXT_CHARS_MAX, str::to_owned, str::to_owned),
                priority,
                click: alerts.first().map_or("", |it| &it.url),
            });
            Some(Form {
                body: body.ok()?,
                is_at_root: true,
            })
        }
    }
}

fn title(alerts: &[WebhookAlert]) -> String {
    match alerts {
        [one] => format!("{}: {}", state(one), one.alert.rule),
        several => format!("{} alerts", several.len()),
    }
}

fn state(alert: &WebhookAlert) -> &'static str {
    match (alert.alert.state, alert.alert.level) {
        (AlertState::Resolved, _) => "Resolved",
        (AlertState::Firing, Level::Error) => "Error",
        (AlertState::Firing, Level::Warning) => "Warning",
        (AlertState::Firing, _) => "Alert",
    }
}

fn text(
    alerts: &[WebhookAlert],
    chars_max: usize,
    escaped: fn(&str) -> String,
    escaped_link: fn(&str) -> String,
) -> String {
    let mut lines = Vec::new();
    for it in alerts.iter().take(ALERTS_SHOWN_MAX) {
        let host = it.alert.host.as_deref().unwrap_or_default();
        let host = if host.is_empty() {
            String::new()
        } else {
            format!(" ({})", escaped(host))
        };
        lines.push(format!(
            "{}: {}{host}: {}",
            state(it),
            escaped(&it.alert.rule),
            escaped(&it.alert.message)
        ));
        if it.alert.state == AlertState::Firing {
            let busiest = it.processes.iter().take(3);
            let busiest = busiest.map(|it| format!("{} {:.0} %", escaped(&it.name), it.cpu));
            let busiest: Vec<_> = busiest.collect();
            if !busiest.is_empty() {
                lines.push(format!("Busiest: {}", busiest.join(", ")));
            }
            if let Some(event) = it.events.first() {
                let (source, message) = (escaped(&event.source), escaped(&event.message));
                lines.push(format!("Latest event: {source}: {message}"));
            }
            if let Some(runbook) = &it.alert.runbook {
                lines.push(format!("Runbook: {}", escaped_link(runbook)));
            }
        }
        lines.push(it.url.clone());
    }
    if alerts.len() > ALERTS_SHOWN_MAX {
        lines.push(format!("and {} more", alerts.len() - ALERTS_SHOWN_MAX));
    }
    lines.join("\n").chars().take(chars_max).collect()
}

/// A link with nothing in it that ends one, or begins something else. It leads to the same page.
fn plain_link(link: &str) -> String {
    let mut plain = String::with_capacity(link.len());
    for character in link.chars() {
        match character {
            ' ' | '<' | '>' | '`' | '|' | '\\' | '[' | ']' | '*' => {
                plain.push_str(&format!("%{:02X}", u32::from(character)));
            }
            _ => plain.push(character),
        }
    }
    plain
}

/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn slack_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn markdown_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '[' | ']' | '<' | '#'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Alert, Timestamp};

    fn alert(message: &str) -> WebhookAlert {
        WebhookAlert {
            alert: Alert {
                timestamp: Timestamp::from_unix_ms(0),
                state: AlertState::Firing,
                level: Level::Error,
                rule: "Disk".into(),
                message: message.into(),
                value: Some(93.0),
                host: Some("web-1".into()),
                id: Some("9f3c".into()),
                series: Some("disk".into()),
                fired_at: None,
                runbook: None,
            },
            labels: Labels::new(),
            url: "https://board.example/?at=1970".into(),
            processes: Vec::new(),
            events: Vec::new(),
        }
    }

    fn body(kind: TargetKind, message: &str) -> String {
        let form = form(kind, "/hooks/topic", vec![alert(message)]).unwrap();
        assert_eq!(form.is_at_root, kind == TargetKind::Ntfy);
        String::from_utf8(form.body).unwrap()
    }

    #[test]
    fn texts_are_escaped_as_each_target_needs_it() {
        let message = "<!channel> *93* @everyone";
        assert_eq!(
            body(TargetKind::Slack, message),
            r#"{"text":"Error: Disk (web-1): &lt;!channel&gt; *93* @everyone\nhttps://board.example/?at=1970"}"#
        );
        assert_eq!(
            body(TargetKind::Discord, message),
            r#"{"content":"Error: Disk (web-1): \\<!channel\\> \\*93\\* @everyone\nhttps://board.example/?at=1970","allowed_mentions":{"parse":[]}}"#
        );
        let ntfy = body(TargetKind::Ntfy, message);
        assert!(
            ntfy.starts_with(r#"{"topic":"topic","title":"Error: Disk","message":"Error: "#),
            "{ntfy}"
        );
        assert!(
            ntfy.ends_with(r#""priority":5,"click":"https://board.example/?at=1970"}"#),
            "{ntfy}"
        );
    }

    #[test]
    fn a_runbook_is_escaped() {
        let mut alert = alert("full");
        alert.alert.runbook = Some("https://wiki.example/a_b?c=1&d=<!channel>".into());
        for (kind, expected) in [
            (TargetKind::Slack, "a_b?c=1&amp;d=%3C!channel%3E"),
            (TargetKind::Discord, "a_b?c=1&d=%3C!channel%3E"),
        ] {
            let form = form(kind, "/hooks", vec![alert.clone()]).unwrap();
            let body = String::from_utf8(form.body).unwrap();
            let expected = format!("Runbook: https://wiki.example/{expected}");
            assert!(body.contains(&expected), "{body}");
        }
    }

    #[test]
    fn teams_gets_a_card() {
        let card = body(TargetKind::Teams, "*93*");
        assert!(
            card.contains(r#""text":"Error: Disk (web-1): \\*93\\*""#),
            "{card}"
        );
        assert!(
            card.contains(r#""url":"https://board.example/?at=1970""#),
            "{card}"
        );
    }

    #[test]
    fn alertmanager_gets_labels_and_an_end() {
        let mut firing = alert("93 % full");
        firing.labels.insert("1.team".into(), "ops".into());
        let mut resolved = firing.clone();
        resolved.alert.state = AlertState::Resolved;
        resolved.alert.fired_at = Some(resolved.alert.timestamp);
        resolved.alert.timestamp = Timestamp::from_unix_ms(60_000);
        let form = form(TargetKind::Alertmanager, "/", vec![firing, resolved]).unwrap();
        let labels = r#"{"_1_team":"ops","alertname":"Disk","host":"web-1","series":"disk","severity":"error"}"#;
        let alert = |ends_at: &str| {
            format!(
                r#"{{"labels":{labels},"annotations":{{"summary":"93 % full","value":"93"}},"startsAt":"1970-01-01T00:00:00.000Z","endsAt":"{ends_at}","generatorURL":"https://board.example/?at=1970"}}"#
            )
        };
        let (firing, resolved) = (
            alert("1970-01-31T00:00:00.000Z"),
            alert("1970-01-01T00:01:00.000Z"),
        );
        assert_eq!(
            String::from_utf8(form.body).unwrap(),
            format!("[{firing},{resolved}]")
        );
    }

    #[test]
    fn an_email_is_plain_text() {
        let (subject, text) = email(&[alert("full")]);
        assert_eq!(subject, "Error: Disk");
        assert_eq!(
            text,
            "Error: Disk (web-1): full\nhttps://board.example/?at=1970\n"
        );
    }

    #[test]
    fn a_webhook_gets_everything() {
        let json = body(TargetKind::Webhook, "full");
        let read: WebhookBody = serde_json::from_str(&json).unwrap();
        assert_eq!(read.alerts, [alert("full")]);
    }
}
