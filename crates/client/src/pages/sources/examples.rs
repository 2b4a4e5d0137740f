//! How to send something, with the address of this server.

use crate::kit::browser::{copy_text, origin, page_url};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::translatable;
use crate::model::PageKind;
use crate::pages::polled::Polled;
use leptos::prelude::*;
use protocol::source_info::SourceList;

/// Where the address of this server goes, and its authority.
const ADDRESS: &str = "{ADDRESS}";
const HOST: &str = "{HOST}";

/// What is sent by what: a name, an identifier, and the text.
const EXAMPLES: [[&str; 3]; 6] = [
    [
        "A script, by curl",
        "curl",
        "curl {ADDRESS}/api/v1/ingest -H 'Authorization: Bearer TOKEN' \\\n  -d '{\"type\":\"data\",\"label\":\"Requests\",\"value\":12,\"unit\":\"1/s\"}'",
    ],
    [
        "Telegraf",
        "telegraf",
        "# telegraf.conf\n[[outputs.influxdb_v2]]\n  urls = [\"{ADDRESS}\"]\n  token = \"TOKEN\"\n  organization = \"any\"\n  bucket = \"any\"",
    ],
    [
        "Prometheus, remote write",
        "remote-write",
        "# prometheus.yml\nremote_write:\n  - url: {ADDRESS}/api/v1/write\n    authorization: { credentials: TOKEN }",
    ],
    [
        "An exporter, scraped by this server",
        "scrape",
        "# watchroom.toml\n[[scrape]]\nurl = \"http://127.0.0.1:9100/metrics\"\njob = \"node\"\ninterval_ms = 15000",
    ],
    [
        "This server, scraped by Prometheus",
        "scraped",
        "# prometheus.yml\nscrape_configs:\n  - job_name: watchroom\n    metrics_path: {PATH}/metrics\n    scheme: {SCHEME}\n    authorization: { credentials: TOKEN }\n    static_configs:\n      - targets: [\"{HOST}\"]",
    ],
    [
        "OpenTelemetry",
        "otlp",
        "export OTEL_EXPORTER_OTLP_ENDPOINT={ADDRESS}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_HEADERS=\"Authorization=Bearer%20TOKEN\"\nexport OTEL_RESOURCE_ATTRIBUTES=service.name=shop",
    ],
];

/// The examples: open while nothing reports.
pub(super) fn examples(sources: Polled<SourceList>) -> Piece {
    let address = [origin(), page_url("")].concat();
    let address = address.trim_end_matches('/').to_owned();
    let mut items = Vec::new();
    for [name, id, text] in EXAMPLES {
        items.push(example(name, id, &filled_in(text, &address)));
    }
    // It opens once, and then stays as the user has it.
    let is_unused = Memo::new(move |before: Option<&bool>| {
        let now = sources.is(|it| it.targets.is_empty() && it.senders.is_empty());
        now || before.copied().unwrap_or(false)
    });
    view! {
        <p class="account-note">
            "TOKEN is an API token with the scope ingest (for /metrics: read), which "
            <a href=page_url(PageKind::Account.path())>"your account"</a>
            " creates. While login is off, none is needed on this machine: leave the line or header out."
        </p>
        <details class="examples" prop:open=move || is_unused.get() data-testid="examples-list">
            <summary>"Examples with the address of this server"</summary>
            {items}
        </details>
    }
    .into_piece()
}

fn filled_in(text: &str, address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) => (host, ["/", path].concat()),
        None => (rest, String::new()),
    };
    text.replace(ADDRESS, address)
        .replace(HOST, host)
        .replace("{PATH}", &path)
        .replace("{SCHEME}", scheme)
}

fn example(name: &'static str, id: &'static str, text: &str) -> Piece {
    let outcome = State::new(String::new());
    let copied = text.to_owned();
    let copy = move || {
        copy_text(&copied, move |done| {
            let text = match done {
                true => "Copied.",
                false => "The browser does not allow to copy: select the text.",
            };
            outcome.set(text.to_owned());
        });
    };
    view! {
        <div class="once">
            <p class="form-label">{name}</p>
            <pre class="once-text" tabindex="0" translate="no" role="region" aria-label=name data-testid=["example-", id].concat()>
                {text.to_owned()}
            </pre>
            <div class="controls">
                <button
                    class="button chip"
                    type="button"
                    data-testid=["copy-", id].concat()
                    aria-label=["Copy: ", name].concat()
                    on:click=move |_| copy()
                >
                    "Copy"
                </button>
                <span class="account-note" role="status" {..translatable(live(move || outcome.get()))}></span>
            </div>
        </div>
    }
    .into_piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_the_address_of_the_server() {
        for [name, _, text] in EXAMPLES {
            let text = filled_in(text, "https://watch.example/base");
            let is_own = name.contains("exporter");
            assert_eq!(text.contains("watch.example"), !is_own, "{text}");
            assert!(
                !text.contains("{ADDRESS}") && !text.contains("{HOST}"),
                "{text}"
            );
        }
        let scraped = filled_in(EXAMPLES[4][2], "https://watch.example:8443/base");
        assert!(scraped.contains("metrics_path: /base/metrics"), "{scraped}");
        assert!(scraped.contains("[\"watch.example:8443\"]"), "{scraped}");
        assert!(scraped.contains("scheme: https"), "{scraped}");
    }
}
