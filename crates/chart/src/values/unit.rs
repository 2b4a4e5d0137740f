use super::digits::{MINUS, fixed, push_exponent};
use super::step::exponent;

const SI: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Plain numbers are written in full up to four digits.
const PLAIN_MAX: f64 = 10_000.0;

/// Currencies as programs name them (ISO 4217), and as people write them.
const CURRENCIES: [(&str, &str); 3] = [("EUR", "€"), ("USD", "$"), ("GBP", "£")];

/// A smaller number is written with an exponent.
const SMALL: f64 = 1e-3;

/// A label's decimals; a finer step than this needs an exponent.
const DECIMALS_MAX: u32 = 6;

/// The kind of quantity of a number, which determines how it is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A count, a temperature: prefixes only for large ones.
    Plain,
    /// The same, always with so many decimals: a value that happens to be whole is not shorter than the others.
    Fixed(u32),
    /// Percent: never a prefix.
    Percent,
    /// Prefixes of 1000: rates, bytes per second on a network.
    Si,
    /// Prefixes of 1024, and ticks in powers of two: memory.
    Binary,
}

/// How numbers of one axis, or one number, are written: a prefix chosen once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    divisor: f64,
    pub(super) prefix: &'static str,
    /// A power of ten that no prefix names, or 0.
    exponent: i32,
    decimals: u32,
}

impl Scale {
    /// The scale of an axis with values up to `most` and ticks `step` apart.
    pub(super) fn of_axis(kind: Kind, most: f64, step: f64) -> Self {
        // So that a label has at most one or two decimals, and no more digits than it must.
        let step_min = if kind == Kind::Binary { 0.5 } else { 0.1 };
        let mut scale = Self::choose(kind, most, |divisor| step >= divisor * step_min * 0.999);
        let step = step / scale.divisor;
        while scale.decimals < DECIMALS_MAX && !is_whole(step * power(scale.decimals)) {
            scale.decimals += 1;
        }
        scale
    }

    /// The scale of a single number, with three digits.
    fn of_number(kind: Kind, value: f64) -> Self {
        let most = value.abs();
        let mut scale = Self::choose(kind, most, |divisor| most >= divisor * 0.9995);
        let shown = most / scale.divisor;
        scale.decimals = match kind {
            Kind::Percent => 1,
            Kind::Fixed(decimals) if scale.prefix.is_empty() && scale.exponent == 0 => decimals,
            // There is no half of a byte.
            Kind::Binary if scale.prefix.is_empty() => 0,
            _ if is_whole(shown) && scale.prefix.is_empty() && scale.exponent == 0 => 0,
            _ if shown < 0.0995 => 4,
            _ if shown < 9.995 => 2,
            _ if shown < 99.95 => 1,
            _ => 0,
        };
        scale
    }

    fn choose(kind: Kind, most: f64, fits: impl Fn(f64) -> bool) -> Self {
        let (base, prefixes): (f64, &[&str]) = match kind {
            Kind::Percent => (1000.0, &SI[..1]),
            Kind::Plain | Kind::Fixed(_) if most < PLAIN_MAX => (1000.0, &SI[..1]),
            Kind::Plain | Kind::Fixed(_) | Kind::Si => (1000.0, &SI),
            Kind::Binary => (1024.0, &BINARY),
        };
        let mut scale = Self {
            divisor: 1.0,
            prefix: "",
            exponent: 0,
            decimals: 0,
        };
        let beyond = base.powi(prefixes.len() as i32).max(1e6);
        if most >= beyond || (most > 0.0 && most < SMALL) {
            scale.exponent = exponent(most, 10.0);
            scale.divisor = 10_f64.powi(scale.exponent);
            return scale;
        }
        for prefix in &prefixes[1..] {
            let divisor = scale.divisor * base;
            if most < divisor * 0.9995 || !fits(divisor) {
                break;
            }
            scale.divisor = divisor;
            scale.prefix = prefix;
        }
        scale
    }

    pub(super) fn text(&self, value: f64) -> String {
        let mut text = fixed(value / self.divisor, self.decimals);
        if self.exponent != 0 && value != 0.0 {
            push_exponent(&mut text, self.exponent);
        }
        text
    }

    /// The unit with its prefix, as in `MB/s`.
    pub(super) fn unit(&self, kind: Kind, unit: &str) -> String {
        let (sign, unit) = currency(unit);
        let mut text = String::from(self.prefix);
        text.push_str(sign);
        text.push_str(match unit.strip_prefix('1') {
            _ if kind == Kind::Percent => "%",
            Some(rate) if rate.starts_with('/') => rate,
            _ => unit,
        });
        text
    }
}

/// A number with its unit, in about three digits: `1.25 MB/s`, `45.2 %`. The unit of percent is
/// known; others are named without a prefix. `1/s` is written `/s`, and the sign of a currency precedes.
#[must_use]
pub fn quantity(value: f64, kind: Kind, unit: &str) -> String {
    let scale = Scale::of_number(kind, value);
    let (sign, unit) = currency(unit);
    let number = scale.text(value);
    let digits = number.strip_prefix(MINUS).unwrap_or(&number);
    let mut text = String::from(&number[..number.len() - digits.len()]);
    text.push_str(sign);
    text.push_str(digits);
    let unit = scale.unit(kind, unit);
    if !unit.is_empty() {
        text.push('\u{a0}');
        text.push_str(&unit);
    }
    text
}

/// The sign of a currency, and the rest of the unit.
fn currency(unit: &str) -> (&'static str, &str) {
    for (code, sign) in CURRENCIES {
        if let Some(rest) = unit.strip_prefix(code)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return (sign, rest);
        }
    }
    ("", unit)
}

fn power(decimals: u32) -> f64 {
    10_f64.powi(decimals as i32)
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6 && value.round() >= 1.0 || value == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, kind: Kind, unit: &str, text: &str) {
        assert_eq!(quantity(value, kind, unit).replace('\u{a0}', " "), text);
    }

    #[test]
    fn a_quantity_has_about_three_figures() {
        check(45.25, Kind::Percent, "", "45.3 %");
        check(0.0, Kind::Percent, "", "0.0 %");
        check(0.0, Kind::Si, "B/s", "0 B/s");
        check(999.0, Kind::Si, "B/s", "999 B/s");
        check(999.6, Kind::Si, "B/s", "1.00 kB/s");
        check(1_024_000.0, Kind::Si, "B/s", "1.02 MB/s");
        check(-1_024_000.0, Kind::Si, "B/s", "−1.02 MB/s");
        check(1024.0, Kind::Binary, "B", "1.00 KiB");
        check(16.0 * 1024f64.powi(3), Kind::Binary, "B", "16.0 GiB");
        check(42.0, Kind::Plain, "", "42");
        check(0.125, Kind::Plain, "s", "0.13 s");
        check(0.0125, Kind::Plain, "s", "0.0125 s");
        check(9_999.0, Kind::Plain, "", "9999");
        check(2_500_000.0, Kind::Plain, "", "2.50 M");
        check(36.62, Kind::Plain, "°C", "36.6 °C");
        check(34.0, Kind::Fixed(1), "°C", "34.0 °C");
        check(4.0, Kind::Fixed(2), "", "4.00");
        check(250_000.0, Kind::Fixed(2), "", "250 k");
    }

    #[test]
    fn rates_and_currencies_are_written_as_usual() {
        check(16.0, Kind::Plain, "1/min", "16 /min");
        check(25_000.0, Kind::Plain, "1/s", "25.0 k/s");
        check(861.0, Kind::Plain, "EUR/min", "€861 /min");
        check(-2.5, Kind::Plain, "USD", "−$2.50");
        check(3.0, Kind::Plain, "EUROS", "3 EUROS");
    }

    #[test]
    fn extreme_numbers_stay_short() {
        check(1.5e300, Kind::Si, "B/s", "1.50e300 B/s");
        check(-1.5e300, Kind::Plain, "", "−1.50e300");
        check(2e7, Kind::Percent, "", "2.0e7 %");
        check(4.2e-9, Kind::Plain, "s", "4.20e−9 s");
        check(f64::MAX, Kind::Binary, "B", "2e308 B");
    }
}
