//! A reader of Prometheus's text format and of OpenMetrics that accepts nothing but what their rules allow.

use std::collections::{BTreeMap, HashSet};

/// The samples of a response, by name and labels as they are written.
#[derive(Debug)]
pub(crate) struct Samples(BTreeMap<String, f64>);

impl Samples {
    /// Panics with the line that breaks a rule.
    #[track_caller]
    pub(crate) fn parse(text: &str, is_open_metrics: bool) -> Self {
        let mut reader = Reader {
            is_open_metrics,
            ..Reader::default()
        };
        assert!(text.ends_with('\n'), "the last line has no end");
        let lines: Vec<_> = text.lines().collect();
        let (lines, end) = match lines.split_last() {
            Some((&"# EOF", lines)) => (lines, true),
            _ => (&lines[..], false),
        };
        assert_eq!(end, is_open_metrics, "only OpenMetrics has an end");
        for line in lines {
            reader.read(line);
        }
        reader.finish_family();
        Self(reader.samples)
    }

    /// The value of a sample, as in `watchroom_viewers{transport="sse"}`.
    #[track_caller]
    pub(crate) fn value(&self, sample: &str) -> f64 {
        let value = self.0.get(sample);
        *value.unwrap_or_else(|| panic!("there is no {sample}"))
    }

    pub(crate) fn get(&self, sample: &str) -> Option<f64> {
        self.0.get(sample).copied()
    }

    /// The samples whose names begin so.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Vec<(&str, f64)> {
        let samples = self.0.iter().filter(|(name, _)| name.starts_with(prefix));
        samples
            .map(|(name, value)| (name.as_str(), *value))
            .collect()
    }
}

#[derive(Default)]
struct Reader {
    is_open_metrics: bool,
    /// The name and the type of the family that is read.
    family: Option<(String, String)>,
    /// The name whose help was read.
    helped: Option<String>,
    families: HashSet<String>,
    samples: BTreeMap<String, f64>,
    buckets: Vec<f64>,
}

impl Reader {
    #[track_caller]
    fn read(&mut self, line: &str) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            self.finish_family();
            let (name, help) = help.split_once(' ').expect(line);
            assert!(help.ends_with('.') && help.len() > 5, "{line}");
            assert!(self.families.insert(name.to_owned()), "twice: {line}");
            self.helped = Some(name.to_owned());
            return;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect(line);
            assert_eq!(self.helped.as_deref(), Some(name), "{line}");
            assert!(is_name(name), "{line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            let has_suffix = name.ends_with("_total");
            let is_counter = kind == "counter" && !self.is_open_metrics;
            assert_eq!(has_suffix, is_counter, "{line}");
            self.family = Some((name.to_owned(), kind.to_owned()));
            return;
        }
        assert!(!line.starts_with('#'), "{line}");
        self.sample(line);
    }

    #[track_caller]
    fn sample(&mut self, line: &str) {
        let (sample, value) = line.rsplit_once(' ').expect(line);
        let value = match value {
            "NaN" => f64::NAN,
            "+Inf" => f64::INFINITY,
            "-Inf" => f64::NEG_INFINITY,
            number => number.parse().expect(line),
        };
        let (name, labels) = match sample.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect(line)),
            None => (sample, ""),
        };
        let labels = labels_of(labels, line);
        let (family, kind) = self.family.clone().expect(line);
        let suffix = name.strip_prefix(family.as_str()).expect(line);
        match (kind.as_str(), suffix) {
            ("counter", "_total") if self.is_open_metrics => assert!(value >= 0.0, "{line}"),
            ("counter", "") if !self.is_open_metrics => assert!(value >= 0.0, "{line}"),
            ("gauge", "") => {}
            ("histogram", "_bucket") => {
                assert!(labels.contains_key("le"), "{line}");
                let before = self.buckets.last().copied().unwrap_or(0.0);
                assert!(value >= before, "not cumulative: {line}");
                self.buckets.push(value);
            }
            ("histogram", "_sum") => {}
            ("histogram", "_count") => assert_eq!(self.buckets.last(), Some(&value), "{line}"),
            _ => panic!("no sample of {family}: {line}"),
        }
        let is_new = self.samples.insert(sample.to_owned(), value).is_none();
        assert!(is_new, "twice: {line}");
    }

    fn finish_family(&mut self) {
        if let Some((family, kind)) = self.family.take() {
            let first = self.samples.range(family.clone()..).next();
            assert!(
                first.is_some_and(|(name, _)| name.starts_with(&family)),
                "{family} has no sample"
            );
            if kind == "histogram" {
                let last = format!("{family}_bucket{{le=\"+Inf\"}}");
                assert!(self.samples.contains_key(&last), "{family}");
            }
        }
        self.buckets.clear();
    }
}

#[track_caller]
fn labels_of(mut text: &str, line: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").expect(line);
        assert!(is_name(name) && !name.contains(':'), "{line}");
        let mut value = String::new();
        let mut characters = rest.char_indices();
        let end = loop {
            match characters.next().expect(line) {
                (at, '"') => break at,
                (_, '\\') => match characters.next().expect(line).1 {
                    'n' => value.push('\n'),
                    it @ ('\\' | '"') => value.push(it),
                    _ => panic!("no escape: {line}"),
                },
                (_, it) => value.push(it),
            }
        };
        assert!(labels.insert(name.to_owned(), value).is_none(), "{line}");
        text = &rest[end + 1..];
        if !text.is_empty() {
            text = text.strip_prefix(',').expect(line);
            assert!(!text.is_empty(), "{line}");
        }
    }
    labels
}

fn is_name(name: &str) -> bool {
    let rest = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == ':';
    !name.is_empty() && !name.starts_with(|it: char| it.is_ascii_digit()) && name.chars().all(rest)
}
