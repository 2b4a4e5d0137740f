//! Whether a message is the one that the reference shows: the same fields in the same order, the
//! same words, and numbers and names that stand for the same thing each time.

use std::collections::HashMap;

/// Values that differ each time, and that nothing depends on.
const FREE: [&str; 3] = ["head", "timestamp", "client_id"];

/// Values that differ each time, but are constant within a session.
const BOUND: [&str; 8] = [
    "epoch",
    "seq",
    "prev",
    "after",
    "before",
    "message_seq",
    "edited_seq",
    "deleted_seq",
];

/// The values of the reference's placeholders in this run.
#[derive(Debug, Default)]
pub(crate) struct Meaning {
    real: HashMap<String, String>,
}

impl Meaning {
    /// Binds a placeholder to a value; false if it has another value.
    fn bind(&mut self, shown: &str, real: &str) -> bool {
        let known = self.real.entry(shown.to_owned());
        known.or_insert_with(|| real.to_owned()) == real
    }

    /// The message with the values of its placeholders.
    pub(crate) fn translate(&self, shown: &str) -> String {
        let fields = fields(shown).into_iter().map(|(name, value)| {
            let real = self.real.get(value).filter(|_| BOUND.contains(&name));
            format!("\"{name}\":{}", real.map_or(value, String::as_str))
        });
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    /// The value of a placeholder.
    pub(crate) fn real(&self, shown: &str) -> &str {
        &self.real[shown]
    }

    /// The `<epoch>:<seq>` with the values of its placeholders.
    pub(crate) fn translate_id(&self, shown: &str) -> String {
        let (epoch, seq) = shown.split_once(':').unwrap();
        let (epoch, seq) = (&self.real[&format!("\"{epoch}\"")], &self.real[seq]);
        format!("{}:{seq}", epoch.trim_matches('"'))
    }

    #[track_caller]
    pub(crate) fn expect_id(&mut self, shown: &str, real: &str) {
        let quoted = |epoch| format!("\"{epoch}\"");
        let (shown_epoch, shown_seq) = shown.split_once(':').unwrap();
        let (real_epoch, real_seq) = real.split_once(':').unwrap();
        assert!(
            self.bind(&quoted(shown_epoch), &quoted(real_epoch)) && self.bind(shown_seq, real_seq),
            "the reference shows {shown}, the server said {real}; so far {self:?}"
        );
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, shown: &str, real: &str) {
        let open = shown.ends_with(",…}");
        let (shown_fields, real_fields) = (fields(shown.trim_end_matches(",…}")), fields(real));
        let same_length = shown_fields.len() == real_fields.len();
        assert!(
            same_length || open && shown_fields.len() < real_fields.len(),
            "the reference shows\n{shown}, the server said\n{real}"
        );
        for ((name, shown_value), (real_name, real_value)) in shown_fields.iter().zip(&real_fields)
        {
            let same = name == real_name
                && if FREE.contains(name) {
                    kind(shown_value) == kind(real_value)
                } else if BOUND.contains(name) {
                    self.bind(shown_value, real_value)
                } else {
                    shown_value == real_value
                };
            assert!(
                same,
                "`{name}`: the reference shows\n{shown}, the server said\n{real}\nso far {self:?}"
            );
        }
    }
}

fn kind(value: &str) -> bool {
    value.starts_with('"')
}

/// A message's fields, in order, each with its value's text.
fn fields(json: &str) -> Vec<(&str, &str)> {
    let body = json.trim_start_matches('{');
    let body = body.strip_suffix('}').unwrap_or(body);
    let mut fields = Vec::new();
    let (mut start, mut depth, mut within_text, mut escaped) = (0, 0, false, false);
    for (at, letter) in body.char_indices().chain([(body.len(), ',')]) {
        match letter {
            '"' if !escaped => within_text = !within_text,
            '{' | '[' if !within_text => depth += 1,
            '}' | ']' if !within_text => depth -= 1,
            ',' if !within_text && depth == 0 => {
                let (name, value) = body[start..at].split_once(':').unwrap();
                fields.push((name.trim_matches('"'), value));
                start = at + 1;
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    fields
}

#[test]
fn equal_placeholders_have_equal_values() {
    let mut meaning = Meaning::default();
    meaning.expect(
        r#"{"type":"metrics","seq":2,"prev":1,"host":"demo",…}"#,
        r#"{"type":"metrics","seq":9,"prev":4,"host":"demo","cores":[1,2],"x":{"y":","}}"#,
    );
    let translated = meaning.translate(r#"{"streams":{"a":{},"b":{}},"after":2,"last":1}"#);
    assert_eq!(
        translated,
        r#"{"streams":{"a":{},"b":{}},"after":9,"last":1}"#
    );
    let said = |meaning: &mut Meaning, real: &str| {
        let shown = r#"{"type":"event","seq":2}"#;
        let meaning = std::panic::AssertUnwindSafe(meaning);
        std::panic::catch_unwind(|| { meaning }.expect(shown, real)).is_ok()
    };
    assert!(said(&mut meaning, r#"{"type":"event","seq":9}"#));
    for wrong in [
        r#"{"type":"event","seq":8}"#,
        r#"{"seq":9,"type":"event"}"#,
        r#"{"type":"event","seq":9,"x":1}"#,
        r#"{"type":"event"}"#,
    ] {
        assert!(!said(&mut meaning, wrong), "{wrong}");
    }
}
