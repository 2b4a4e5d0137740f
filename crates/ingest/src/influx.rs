//! InfluxDB's line protocol, as Telegraf sends it:
//! <https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>.
//!
//! ```text
//! weather,location=us\ midwest temperature=82,humidity=71i 1465839830100400200
//! ```
//!
//! Each field with a number is a point of the series `weather_temperature`, with the tags as labels; the tag `host` is the
//! host. `true` is 1 and `false` 0. Fields with texts are no points, and no errors.

use crate::batch::{Batch, BodyError, LabelSet, ParsedPoint, Reason};
use crate::quoted::{closing_quote, unescape};
use protocol::{Kind, Timestamp};

/// The most fields of a line.
const FIELDS_MAX: usize = 2_000;

/// The unit of timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Nanoseconds, the default.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes, only in 1.x.
    Minutes,
    /// Hours, only in 1.x.
    Hours,
}

impl Precision {
    /// By the parameter `precision` of 1.x or 2.x.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "" | "ns" | "n" => Self::Nanoseconds,
            "us" | "u" | "µ" => Self::Microseconds,
            "ms" => Self::Milliseconds,
            "s" => Self::Seconds,
            "m" => Self::Minutes,
            "h" => Self::Hours,
            _ => return None,
        })
    }

    fn timestamp(self, count: i64) -> Timestamp {
        let unix_ms = match self {
            Self::Nanoseconds => count.div_euclid(1_000_000),
            Self::Microseconds => count.div_euclid(1_000),
            Self::Milliseconds => count,
            Self::Seconds => count.saturating_mul(1_000),
            Self::Minutes => count.saturating_mul(60_000),
            Self::Hours => count.saturating_mul(3_600_000),
        };
        Timestamp::from_unix_ms(unix_ms)
    }
}

/// The points of a body.
///
/// # Errors
///
/// If there are too many.
pub fn parse(body: &[u8], precision: Precision) -> Result<Batch, BodyError> {
    let mut batch = Batch::default();
    let mut rest = body;
    let mut line = 0;
    while !rest.is_empty() {
        line += 1;
        let start = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        rest = &rest[start.unwrap_or(rest.len())..];
        match rest.first() {
            None => break,
            Some(b'\n') => rest = &rest[1..],
            Some(b'#') => rest = after_line(rest),
            Some(_) => {
                let before = rest;
                match self::line(&mut rest, precision) {
                    Ok(parsed) => parsed.push(line, &mut batch)?,
                    Err(reason) => {
                        batch.reject(line, reason);
                        // A line break in a text in quotes is not the end of the line, unless the quotes never end.
                        if rest.len() == before.len() || !ends_line(before, rest) {
                            rest = after_line(rest);
                        }
                    }
                }
                // Texts in quotes may have line breaks.
                let read = &before[..before.len() - rest.len()];
                let breaks = read.iter().filter(|byte| **byte == b'\n').count();
                line += u32::try_from(breaks.saturating_sub(1)).unwrap_or(u32::MAX);
            }
        }
    }
    Ok(batch)
}

fn after_line(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| *byte == b'\n');
    &rest[end.map_or(rest.len(), |end| end + 1)..]
}

fn ends_line(before: &[u8], rest: &[u8]) -> bool {
    let read = before.len() - rest.len();
    read > 0 && before[read - 1] == b'\n'
}

/// A line: its series without the field, and its fields.
struct Line {
    labels: LabelSet,
    fields: Vec<(String, f64)>,
    timestamp: Option<Timestamp>,
}

impl Line {
    fn push(self, place: u32, batch: &mut Batch) -> Result<(), BodyError> {
        let Self {
            labels,
            fields,
            timestamp,
        } = self;
        for (field, value) in fields {
            let series = labels.series_named(format!("{}_{field}", labels.name()));
            batch.push(ParsedPoint {
                unit: crate::naming::unit_of_name(&series.name),
                series,
                timestamp,
                value,
                kind: Kind::Gauge,
                place,
            })?;
        }
        Ok(())
    }
}

/// Reads a line and its line break.
fn line(rest: &mut &[u8], precision: Precision) -> Result<Line, Reason> {
    let mut labels = LabelSet::default();
    let measurement = token(rest, b", \n");
    if measurement.is_empty() {
        return Err(Reason::Syntax("it has no measurement"));
    }
    labels.set_name(unescape(measurement, b", ")?)?;
    while next_is(rest, b',') {
        let key = token(rest, b"=, \n");
        if key.is_empty() || !next_is(rest, b'=') {
            return Err(Reason::Syntax("a tag is not `name=value`"));
        }
        let value = token(rest, b", \n=");
        if value.is_empty() || rest.first() == Some(&b'=') {
            return Err(Reason::Syntax("a tag is not `name=value`"));
        }
        labels.push(unescape(key, b", =")?, unescape(value, b", =")?)?;
    }
    if !spaces(rest) {
        return Err(Reason::Syntax("it has no fields"));
    }
    let mut fields = Vec::new();
    loop {
        let key = token(rest, b"=, \n");
        if key.is_empty() || !next_is(rest, b'=') {
            return Err(Reason::Syntax("a field is not `name=value`"));
        }
        let key = unescape(key, b", =")?;
        if let Some(value) = field_value(rest)? {
            if fields.len() >= FIELDS_MAX {
                return Err(Reason::Syntax("it has more than 2000 fields"));
            }
            fields.push((key, value));
        }
        if !next_is(rest, b',') {
            break;
        }
    }
    let mut timestamp = None;
    if spaces(rest) {
        let token = token(rest, b" \r\n\t");
        if !token.is_empty() {
            let text = str::from_utf8(token).map_err(|_| Reason::NotUtf8)?;
            let count = text
                .parse()
                .map_err(|_| Reason::Syntax("the timestamp is no integer"))?;
            timestamp = Some(precision.timestamp(count));
        }
        spaces(rest);
    }
    next_is(rest, b'\r');
    match rest.first() {
        None => {}
        Some(b'\n') => *rest = &rest[1..],
        Some(_) => return Err(Reason::Syntax("something follows its end")),
    }
    Ok(Line {
        labels,
        fields,
        timestamp,
    })
}

/// The bytes up to one of `ends` that no backslash stands before.
fn token<'a>(rest: &mut &'a [u8], ends: &[u8]) -> &'a [u8] {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        if *byte == b'\\' && rest.get(at + 1).is_some_and(|next| *next != b'\n') {
            at += 2;
        } else if ends.contains(byte) {
            break;
        } else {
            at += 1;
        }
    }
    let (token, after) = rest.split_at(at.min(rest.len()));
    *rest = after;
    token
}

fn next_is(rest: &mut &[u8], byte: u8) -> bool {
    let is = rest.first() == Some(&byte);
    if is {
        *rest = &rest[1..];
    }
    is
}

fn spaces(rest: &mut &[u8]) -> bool {
    let mut any = false;
    while next_is(rest, b' ') {
        any = true;
    }
    any
}

/// A field's value; `None` for a text.
fn field_value(rest: &mut &[u8]) -> Result<Option<f64>, Reason> {
    const WRONG: Reason =
        Reason::Syntax("a field's value is no number, `true`, `false` or text in quotes");
    if rest.first() == Some(&b'"') {
        let end = closing_quote(&rest[1..]);
        let end = end.ok_or(Reason::Syntax("a text has no closing quote"))?;
        *rest = &rest[end + 2..];
        return Ok(None);
    }
    let bytes = token(rest, b", \r\n");
    let text = str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?;
    let value = match text {
        "t" | "T" | "true" | "True" | "TRUE" => 1.0,
        "f" | "F" | "false" | "False" | "FALSE" => 0.0,
        _ => match bytes.last() {
            Some(b'i') => {
                let whole: i64 = text[..text.len() - 1].parse().map_err(|_| WRONG)?;
                whole as f64
            }
            Some(b'u') => {
                let whole: u64 = text[..text.len() - 1].parse().map_err(|_| WRONG)?;
                whole as f64
            }
            _ => {
                // Neither `inf` nor `nan` is a value.
                let is_decimal = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let is_number = bytes.iter().all(is_decimal);
                text.parse().ok().filter(|_| is_number).ok_or(WRONG)?
            }
        },
    };
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// Points and errors, one a line.
    fn read(body: &str) -> String {
        let batch = parse(body.as_bytes(), Precision::Nanoseconds).expect("few points");
        let mut text = String::new();
        for point in &batch.points {
            let at = point.timestamp.map(|at| format!(" @{}", at.unix_ms()));
            let at = at.unwrap_or_default();
            let _ = writeln!(
                text,
                "{}: {} = {}{at}",
                point.place, point.series, point.value
            );
        }
        for rejected in &batch.rejected {
            let _ = writeln!(text, "{}: {}", rejected.place, rejected.reason);
        }
        text
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(read(body), expected, "{body}");
    }

    #[test]
    fn fields_are_points() {
        check("cpu usage=1.5", "1: cpu_usage = 1.5\n");
        check(
            "cpu,host=web-1,cpu=cpu0 usage_idle=98.5,n=3i,on=true,off=F,big=18446744073709551615u,note=\"a, b=c\" 1465839830100400200\n",
            "1: cpu_usage_idle{cpu=\"cpu0\",host=\"web-1\"} = 98.5 @1465839830100\n\
             1: cpu_n{cpu=\"cpu0\",host=\"web-1\"} = 3 @1465839830100\n\
             1: cpu_on{cpu=\"cpu0\",host=\"web-1\"} = 1 @1465839830100\n\
             1: cpu_off{cpu=\"cpu0\",host=\"web-1\"} = 0 @1465839830100\n\
             1: cpu_big{cpu=\"cpu0\",host=\"web-1\"} = 18446744073709552000 @1465839830100\n",
        );
        check("a b=-1.5e3\r\na b=2\r\n", "1: a_b = -1500\n2: a_b = 2\n");
        check("\n\n# a comment\n  a b=1\n", "4: a_b = 1\n");
        check("a b=\"text\"", "");
        check("", "");
    }

    #[test]
    fn special_characters_are_escaped() {
        check(
            r"my\ disk\,1,path\ of=C:\\x\ y,a\=b=c\,d used=1",
            "1: my disk,1_used{a\\=b=\"c,d\",path\\ of=\"C:\\\\\\\\x y\"} = 1\n",
        );
        check("a b=\"x\\\"y\\\\\",c=1", "1: a_c = 1\n");
        check("a b=\"two\nlines\",c=1\nd e=2", "1: a_c = 1\n3: d_e = 2\n");
    }

    #[test]
    fn a_bad_line_does_not_reject_the_others() {
        let body = "a\na b\na b=\na b=x\na,b c=1\na,b= c=1\na,b=c=d e=1\na b=1 x\na b=1 2 3\na b=nan\na b=inf\n,b=1 c=1\na b=1.5i\na b=\"open\nok v=1";
        let expected = "15: ok_v = 1\n\
            1: it has no fields\n\
            2: a field is not `name=value`\n\
            3: a field's value is no number, `true`, `false` or text in quotes\n\
            4: a field's value is no number, `true`, `false` or text in quotes\n\
            5: a tag is not `name=value`\n\
            6: a tag is not `name=value`\n\
            7: a tag is not `name=value`\n\
            8: the timestamp is no integer\n\
            9: something follows its end\n\
            10: a field's value is no number, `true`, `false` or text in quotes\n\
            11: a field's value is no number, `true`, `false` or text in quotes\n\
            12: it has no measurement\n\
            13: a field's value is no number, `true`, `false` or text in quotes\n\
            14: a text has no closing quote\n";
        check(body, expected);
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error_of_their_line() {
        let batch = parse(b"a\xff b=1\nc d=2", Precision::Seconds).expect("few points");
        assert_eq!(batch.points.len(), 1);
        assert_eq!(batch.rejected[0].reason, Reason::NotUtf8);
    }

    #[test]
    fn precisions_scale_timestamps() {
        for (name, expected) in [
            ("ns", 1),
            ("u", 1_500),
            ("ms", 1_500_000),
            ("s", 1_500_000_000),
        ] {
            let precision = Precision::named(name).expect(name);
            let batch = parse(b"a b=1 1500000", precision).expect("a point");
            let at = batch.points[0].timestamp.map(Timestamp::unix_ms);
            assert_eq!(at, Some(expected), "{name}");
        }
        assert_eq!(Precision::named("d"), None);
    }

    #[test]
    fn everything_has_a_limit() {
        let many = "a b=1\n".repeat(crate::POINTS_MAX + 1);
        let result = parse(many.as_bytes(), Precision::Seconds);
        assert_eq!(result, Err(BodyError::PointCount));
        let tags: String = (0..33).map(|it| format!(",t{it}=v")).collect();
        check(&format!("a{tags} b=1"), "1: it has more than 32 labels\n");
        let tags: String = (0..20).map(|it| format!(",t{it}=v")).collect();
        let wide = format!("a{tags} b=1\n");
        let most = parse(wide.repeat(10_000).as_bytes(), Precision::Seconds);
        assert_eq!(most.expect("as many labels").points.len(), 10_000);
        let result = parse(wide.repeat(10_001).as_bytes(), Precision::Seconds);
        assert_eq!(result, Err(BodyError::LabelCount));
        let long = "x".repeat(513);
        check(
            &format!("{long} b=1"),
            "1: its names and values have more than 512 bytes together\n",
        );
        let bad = "a\n".repeat(500);
        let batch = parse(bad.as_bytes(), Precision::Seconds).expect("no points");
        assert_eq!((batch.rejected.len(), batch.rejected_count), (100, 500));
    }
}
