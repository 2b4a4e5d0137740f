//! The server accepts exactly what `/api/openapi.json` describes: values within the described limits, and none
//! just outside.

#![expect(
    clippy::disallowed_types,
    reason = "a description is walked beside any answer that it describes"
)]
use crate::support::{Answer, TestServer, encoded, exchange, get, soon};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, Methods>,
}

impl Document {
    /// The GET operations with parameters, and their paths: those about data. Those about rooms and boards have tests of
    /// their own.
    fn reads(&self) -> impl Iterator<Item = (&String, &Operation)> {
        let reads = self.paths.iter();
        let reads = reads.filter_map(|(path, methods)| Some((path, methods.get.as_ref()?)));
        reads.filter(|(path, operation)| {
            let of_people = ["/api/v1/rooms", "/api/v1/boards"];
            !operation.parameters.is_empty() && !of_people.iter().any(|it| path.starts_with(it))
        })
    }
}

#[derive(Deserialize)]
struct Methods {
    get: Option<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    parameters: Vec<Parameter>,
    responses: BTreeMap<String, Response>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    required: bool,
    schema: Schema,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    #[serde(default)]
    r#type: String,
    format: Option<String>,
    minimum: Option<i128>,
    maximum: Option<i128>,
    max_length: Option<usize>,
    #[serde(default)]
    r#enum: Vec<String>,
    #[serde(default)]
    any_of: Vec<Schema>,
    items: Option<Box<Schema>>,
    max_items: Option<usize>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    content: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
struct Content {}

/// Values that are accepted, and values that are not, each with why.
#[derive(Default)]
struct Values {
    accepted: Vec<String>,
    refused: Vec<String>,
}

impl Schema {
    fn values(&self) -> Values {
        let mut values = Values::default();
        if let Some(items) = &self.items {
            return items.values();
        }
        for schema in &self.any_of {
            let of_one = schema.values();
            values.accepted.extend(of_one.accepted);
            // Another schema may accept the value, except for invalid numbers.
            let is_number = |it: &String| it.trim_start_matches('-').parse::<i128>().is_ok();
            values
                .refused
                .extend(of_one.refused.into_iter().filter(is_number));
        }
        match (self.r#type.as_str(), self.format.as_deref()) {
            ("integer", _) => {
                let min = self.minimum.expect("a lowest");
                let max = self.maximum.expect("a highest");
                values
                    .accepted
                    .extend([min, min + 1, max - 1, max].map(|it| it.to_string()));
                values
                    .refused
                    .extend([min - 1, max + 1].map(|it| it.to_string()));
                values
                    .refused
                    .extend(["", "x", "1.5", "1e3"].map(str::to_owned));
            }
            ("string", Some("date-time")) => {
                let times = ["2026-01-15T03:12:07Z", "2026-01-15T05:12:07.5+02:00"];
                values.accepted.extend(times.map(str::to_owned));
            }
            ("string", _) if !self.r#enum.is_empty() => {
                values.accepted.extend(self.r#enum.iter().cloned());
                let first = &self.r#enum[0];
                values
                    .refused
                    .extend([format!("{first}x"), first.to_uppercase(), String::new()]);
            }
            // One that cannot be read selects nothing, which is a 404.
            ("string", Some("selector")) => {
                values.accepted.push("x".to_owned());
            }
            ("string", _) => {
                let max = self.max_length.expect("a longest");
                values
                    .accepted
                    .extend(["x".repeat(max), "\u{e4}%&+#".to_owned()]);
                values.refused.push("x".repeat(max + 1));
            }
            _ => {}
        }
        values
    }
}

/// A value for each required parameter, so that others can be tested.
fn usual(name: &str) -> &'static str {
    match name {
        "series" => "cpu%7Bhost%3D%22demo%22%7D",
        "from" => "-62167219200000",
        "time" => "0",
        "stream" => "events",
        "id" => "x",
        other => panic!("no usual value for `{other}`"),
    }
}

impl Operation {
    /// A query with the required parameters but this one.
    fn required(&self, but: &str) -> String {
        let required = self
            .parameters
            .iter()
            .filter(|it| it.required && it.name != but);
        let pairs = required.map(|it| format!("{}={}", it.name, usual(&it.name)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

async fn ask(
    server: &TestServer,
    path: &str,
    operation: &Operation,
    name: &str,
    value: &str,
) -> Answer {
    let (required, value) = (operation.required(name), encoded(value));
    get(server, &format!("{path}?{name}={value}&{required}")).await
}

async fn server_with_series() -> TestServer {
    let server = TestServer::start(|_| ()).await;
    soon("the first series", async {
        while !get(&server, "/api/v1/series")
            .await
            .body
            .contains(r#""cpu""#)
        {}
    })
    .await;
    server
}

async fn described(server: &TestServer) -> Document {
    get(server, "/api/openapi.json").await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_described_parameters_are_accepted() {
    let server = server_with_series().await;
    let document = described(&server).await;
    assert_eq!(document.reads().count(), 7);
    let mut tried = 0;
    for (path, operation) in document.reads() {
        for parameter in &operation.parameters {
            let name = parameter.name.as_str();
            let values = parameter.schema.values();
            assert!(
                !values.accepted.is_empty() && (!values.refused.is_empty() || name == "series"),
                "{path} {name}"
            );
            for value in &values.accepted {
                let answer = ask(&server, path, operation, name, value).await;
                // Two rules that no schema of a single value has: a range ends after it starts, and single
                // samples expire.
                let is_together = [
                    "must end after it begins",
                    "beyond 0000-",
                    "kept from there on",
                ];
                let is_together = is_together.iter().any(|it| answer.body.contains(it));
                let is_unknown = answer.status == 404 && matches!(name, "series" | "id");
                assert!(
                    answer.status == 200 || is_together || is_unknown,
                    "{path} {name}={value}: {answer:?}"
                );
                tried += 1;
            }
            for value in &values.refused {
                let answer = ask(&server, path, operation, name, value).await;
                assert_eq!(answer.status, 400, "{path} {name}={value}: {answer:?}");
                assert!(answer.body.contains(&format!("`{name}` is")), "{answer:?}");
                tried += 1;
            }
            let required = operation.required(name);
            if parameter.required {
                let answer = get(&server, &format!("{path}?{required}")).await;
                assert_eq!(answer.status, 400, "{path} without {name}: {answer:?}");
            }
            let is_repeated = parameter.schema.items.is_some();
            assert_eq!(
                is_repeated,
                parameter.schema.max_items.is_some(),
                "{path} {name}"
            );
            if let Some(max) = parameter.schema.max_items {
                let value = encoded(&values.accepted[0]);
                let pair = format!("{name}={value}&");
                for pairs in [pair.repeat(2), pair.repeat(max + 1)] {
                    let answer = get(&server, &format!("{path}?{pairs}{required}")).await;
                    assert_eq!(answer.status, 400, "{path} {pairs}: {answer:?}");
                }
            } else {
                let value = encoded(&values.accepted[0]);
                let twice = format!("{path}?{name}={value}&{name}={value}&{required}");
                let answer = get(&server, &twice).await;
                assert_eq!(answer.status, 400, "{path} with two {name}: {answer:?}");
            }
        }
        let answer = get(&server, &format!("{path}?nothing=1")).await;
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
    }
    assert!(tried > 100, "{tried}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_match_their_schemas() {
    let server = TestServer::start(|_| ()).await;
    let document = described(&server).await;
    for (path, operation) in document.reads() {
        let kinds = |status: &str| {
            let content = &operation.responses[status].content;
            content.keys().map(String::as_str).collect::<Vec<_>>()
        };
        // A set is for programs that read messages.
        let has_csv = path != "/api/v1/series-set";
        let expected = ["application/json", "text/csv"];
        assert_eq!(kinds("200"), expected[..1 + usize::from(has_csv)], "{path}");
        for status in ["400", "404", "405", "429", "503"] {
            assert_eq!(kinds(status), ["application/json"], "{path} {status}");
        }
        let host = server.address();
        // OPTIONS is answered for preflights (CORS).
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            );
            let answer = exchange(&server, &request).await;
            assert_eq!(answer.status, 405, "{answer:?}");
            assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert!(answer.body.contains(method), "{answer:?}");
        }
    }
    server.drain(()).await;
}

/// Panics at the first null of an answer whose schema does not allow one.
fn nulls_are_described(document: &Value, schema: &Value, answer: &Value, place: &str) {
    let schemas = variants(document, schema);
    let allows_null = |it: &&Value| it["type"] == "null" || is_in(&it["type"], "null");
    if answer.is_null() {
        assert!(
            schemas.iter().any(allows_null),
            "{place} is null: {schemas:?}"
        );
        return;
    }
    for schema in schemas {
        match answer {
            Value::Object(members) => {
                for (name, member) in members {
                    if let Some(described) = schema["properties"].get(name) {
                        let place = format!("{place}.{name}");
                        nulls_are_described(document, described, member, &place);
                    }
                }
            }
            Value::Array(items) if schema.get("items").is_some() => {
                for item in items {
                    nulls_are_described(document, &schema["items"], item, &format!("{place}[]"));
                }
            }
            _ => {}
        }
    }
}

/// What a schema allows: the schemas that it refers to, or itself.
fn variants<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        let referred = document.pointer(pointer).expect("a schema of that name");
        return variants(document, referred);
    }
    match schema["oneOf"].as_array() {
        Some(any) => any.iter().flat_map(|it| variants(document, it)).collect(),
        None => vec![schema],
    }
}

fn is_in(list: &Value, text: &str) -> bool {
    list.as_array()
        .is_some_and(|list| list.iter().any(|it| it == text))
}

#[tokio::test(flavor = "multi_thread")]
async fn nullable_fields_are_described_as_such() {
    let server = server_with_series().await;
    let document: Value = get(&server, "/api/openapi.json").await.json();
    for (path, query, null) in [
        ("/api/v1/at", "time=0", "processes"),
        ("/api/v1/at", "time=0&host=nowhere", "metrics"),
        (
            "/api/v1/query",
            "series=cpu%7Bhost%3D%22demo%22%7D&from=0&points=3",
            "values",
        ),
        (
            "/api/v1/analysis",
            "series=cpu%7Bhost%3D%22demo%22%7D&from=0&to=1000",
            "range",
        ),
    ] {
        let answer = get(&server, &format!("{path}?{query}")).await;
        let body: Value = answer.json();
        assert!(
            answer.body.contains(&format!("\"{null}\":null"))
                || answer.body.contains(&format!("\"{null}\":[null")),
            "{null} is no null in {answer:?}"
        );
        let pointer = format!("/paths/{}/get/responses/200", path.replace('/', "~1"));
        let described = document.pointer(&pointer).expect("a described answer");
        let schema = &described["content"]["application/json"]["schema"];
        nulls_are_described(&document, schema, &body, path);
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_have_the_names_that_are_sent() {
    let server = TestServer::start(|_| ()).await;
    let document = get(&server, "/api/openapi.json").await;
    let names = r#""enum":["viewer","operator","admin"]"#;
    assert!(document.body.contains(names), "{document:?}");
    let mut choices = document.body.split(r#""enum":[""#).skip(1);
    let is_upper = |choice: &&str| choice.starts_with(|first: char| first.is_ascii_uppercase());
    let wrong: Option<String> = choices
        .find(is_upper)
        .map(|choice| choice.chars().take(60).collect());
    assert_eq!(wrong, None);
    server.drain(()).await;
}
