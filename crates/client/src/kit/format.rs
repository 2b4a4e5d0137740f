//! Numbers and durations as people read them.
//!
//! Written by hand because the browser loads it: the standard library's exact printing of floating
//! point numbers alone would be larger than all of this.

/// Stands for an absent value, which is not zero.
pub(crate) const ABSENT: &str = "–";

const SECONDS_PER_DAY: u64 = 86_400;

/// Larger numbers are written as larger than this, so that none outgrows its place.
const NUMBER_MAX: f64 = 1e6;

/// A number with a fixed count of decimals and thousands in groups, as in `−1 234.5`; beyond a
/// million only that it is beyond.
pub(crate) fn fixed(value: f64, decimals: u32) -> String {
    let beyond = match value {
        _ if value > NUMBER_MAX => ">\u{202f}",
        _ if value < -NUMBER_MAX => "<\u{202f}",
        _ => return with_decimals(value, decimals, "−", grouped),
    };
    let bound = with_decimals(NUMBER_MAX.copysign(value), 0, "−", grouped);
    [beyond, &bound].concat()
}

/// The same for other programs, as in `-1234.5`.
pub(crate) fn plain(value: f64, decimals: u32) -> String {
    with_decimals(value, decimals, "-", |whole| whole.to_string())
}

fn with_decimals(value: f64, decimals: u32, minus: &str, write: fn(u64) -> String) -> String {
    let unit = 10u64.pow(decimals);
    let scaled = (value.abs() * unit as f64).round() as u64;
    let sign = if value < 0.0 && scaled > 0 { minus } else { "" };
    let whole = write(scaled / unit);
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = scaled % unit;
    let width = decimals as usize;
    format!("{sign}{whole}.{fraction:0width$}")
}

/// A whole number with its thousands in groups, set apart by narrow no-break spaces (ISO 80000-1).
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number and its unit, apart, so that each can have a slot of fixed width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quantity {
    pub(crate) number: String,
    pub(crate) unit: &'static str,
}

impl Quantity {
    pub(crate) fn joined(&self) -> String {
        format!("{}\u{a0}{}", self.number, self.unit)
    }
}

/// A share of a hundred.
pub(crate) fn percent(value: f64) -> Quantity {
    Quantity {
        number: fixed(value, 1),
        unit: "%",
    }
}

/// Bytes per second in powers of 1000, as network equipment counts.
pub(crate) fn rate(bytes_per_second: f64) -> Quantity {
    scaled(
        bytes_per_second,
        1000.0,
        &["B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s", "EB/s"],
    )
}

/// Bytes in powers of 1024, as memory comes.
pub(crate) fn bytes(bytes: f64) -> Quantity {
    scaled(
        bytes,
        1024.0,
        &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"],
    )
}

/// At least three digits, and a unit that keeps the number below `base`.
fn scaled(value: f64, base: f64, units: &[&'static str]) -> Quantity {
    let mut scaled = value;
    let mut index = 0;
    // Beyond the last unit the number gets longer, up to the limit of all numbers.
    while scaled.abs() >= base - 0.5 && index + 1 < units.len() {
        scaled /= base;
        index += 1;
    }
    let decimals = match scaled.abs() {
        _ if index == 0 => 0,
        magnitude if magnitude < 9.995 => 2,
        magnitude if magnitude < 99.95 => 1,
        _ => 0,
    };
    Quantity {
        number: fixed(scaled, decimals),
        unit: units[index],
    }
}

/// How long something has lasted, in its two largest units: `3 d 4 h`, `12 min 5 s`.
pub(crate) fn duration(seconds: u64) -> String {
    let (days, hours) = (seconds / SECONDS_PER_DAY, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {seconds} s"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{} d {hours} h", grouped(days)),
    }
}

/// An age in one unit, as in `12 s`.
pub(crate) fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / SECONDS_PER_DAY),
    }
}

/// With a capital letter and a full stop, as sentences of the page are.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', '`']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests;
