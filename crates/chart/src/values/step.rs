/// Multiples that differ from a whole number by less than this lie on it.
const TOLERANCE: f64 = 1e-9;

/// The distance between ticks: `mantissa · base^exponent`, stored apart so that ticks are exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    mantissa: f64,
    base: f64,
    exponent: i32,
}

impl Step {
    /// The greatest step of 1, 2 or 5 times a power of ten that is not above `least`, or one below.
    fn decimal(least: f64) -> Self {
        Self {
            mantissa: 1.0,
            base: 10.0,
            exponent: exponent(least, 10.0),
        }
    }

    /// A power of two, for bytes, of which there is no half.
    fn binary(least: f64) -> Self {
        Self {
            mantissa: 1.0,
            base: 2.0,
            exponent: exponent(least, 2.0).max(0),
        }
    }

    fn next(self) -> Self {
        let (mantissa, carry) = match self.mantissa {
            _ if self.base == 2.0 => (1.0, 1),
            1.0 => (2.0, 0),
            2.0 => (5.0, 0),
            _ => (1.0, 1),
        };
        Self {
            mantissa,
            exponent: self.exponent + carry,
            ..self
        }
    }

    /// A multiple of the step. Division by a whole power is exact where multiplying by a broken
    /// one is not: 3 / 10, but 3 · 0.1.
    pub(super) fn times(self, multiple: f64) -> f64 {
        let multiple = multiple * self.mantissa;
        if self.exponent < 0 {
            multiple / self.base.powi(-self.exponent)
        } else {
            multiple * self.base.powi(self.exponent)
        }
    }

    /// The multiples nearest to a domain's ends: outside of it, or within.
    fn multiples(self, (low, high): (f64, f64), outside: bool) -> (f64, f64) {
        let size = self.times(1.0);
        let (low, high) = (low / size, high / size);
        if outside {
            let first = (low + TOLERANCE).floor();
            // There is no step small enough for less than a byte.
            (first, (high - TOLERANCE).ceil().max(first + 1.0))
        } else {
            ((low - TOLERANCE).ceil(), (high + TOLERANCE).floor())
        }
    }
}

/// The finest steps of which at most `ticks_max` ticks cover a domain, with the multiples of the
/// first and the last tick.
///
/// With `outside` the ticks enclose the domain; there are two at least if three are allowed.
/// Otherwise they are within, and may be fewer.
pub(super) fn ticks(
    domain: (f64, f64),
    binary: bool,
    ticks_max: usize,
    outside: bool,
) -> (Step, f64, f64) {
    let least = (domain.1 - domain.0) / ticks_max as f64;
    let mut step = if binary {
        Step::binary(least)
    } else {
        Step::decimal(least)
    };
    loop {
        let (first, last) = step.multiples(domain, outside);
        if last - first < ticks_max as f64 {
            return (step, first, last);
        }
        step = step.next();
    }
}

/// The exponent of the greatest power of `base` that is not above `value`, which is above zero.
/// Counted, since a logarithm may be off by one, and is more to load.
pub(super) fn exponent(value: f64, base: f64) -> i32 {
    let mut exponent = 0;
    let value = (value * (1.0 + TOLERANCE)).min(f64::MAX);
    while base.powi(exponent + 1) <= value {
        exponent += 1;
    }
    while base.powi(exponent) > value {
        exponent -= 1;
    }
    exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(domain: (f64, f64), binary: bool, ticks_max: usize, step: f64, ends: (f64, f64)) {
        let (found, first, last) = ticks(domain, binary, ticks_max, true);
        assert_eq!(found.times(1.0), step, "{domain:?}");
        assert_eq!((found.times(first), found.times(last)), ends, "{domain:?}");
    }

    #[test]
    fn steps_are_one_two_or_five() {
        check((0.0, 100.0), false, 6, 20.0, (0.0, 100.0));
        check((0.0, 100.0), false, 3, 50.0, (0.0, 100.0));
        check((0.0, 1.0), false, 6, 0.2, (0.0, 1.0));
        check((0.0, 1_300_000.0), false, 5, 500_000.0, (0.0, 1_500_000.0));
        check((-1.0, 1.0), false, 3, 1.0, (-1.0, 1.0));
        check((0.31, 0.69), false, 6, 0.1, (0.3, 0.7));
    }

    #[test]
    fn bytes_go_by_powers_of_two() {
        check((0.0, 1000.0), true, 5, 256.0, (0.0, 1024.0));
        check((0.0, 0.3), true, 5, 1.0, (0.0, 1.0));
        let gib = f64::from(1 << 30);
        check((0.0, 15.6 * gib), true, 5, 4.0 * gib, (0.0, 16.0 * gib));
    }

    #[test]
    fn exponents_are_exact() {
        for (value, expected) in [(1.0, 0), (999.0, 2), (1000.0, 3), (0.001, -3), (1e300, 300)] {
            assert_eq!(exponent(value, 10.0), expected, "{value}");
        }
    }
}
