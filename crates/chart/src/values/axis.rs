use super::domain::{Fit, domain};
use super::step::{Step, ticks};
use super::unit::{Kind, Scale};

/// Fewer ticks than this do not cover every domain.
const TICKS_MAX_LEAST: usize = 3;

/// A place on an axis with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where it stands: a value, or a time in milliseconds.
    pub at: f64,
    /// Its label, without the axis's unit.
    pub text: String,
}

impl Tick {
    /// How many characters its label has. The standard library counts long texts quickly, with
    /// code that is longer than they are.
    pub(crate) fn chars(&self) -> usize {
        let begins = |byte: &u8| byte & 0xc0 != 0x80;
        self.text
            .as_bytes()
            .iter()
            .filter(|byte| begins(byte))
            .count()
    }
}

/// The axis of values. All its ticks are labelled in one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    /// The value at the bottom.
    pub low: f64,
    /// The value at the top, above `low`.
    pub high: f64,
    /// Evenly spaced and ascending, at least two.
    pub ticks: Vec<Tick>,
    /// The unit with its prefix, as in `MB/s`; may be empty.
    pub unit: String,
}

impl ValueAxis {
    /// Fits an axis to an extent of values, with at most `ticks_max` ticks (three at least).
    ///
    /// An axis that is not fixed ends at ticks. A fixed one within which no two nice values lie is
    /// labelled at its ends.
    #[must_use]
    pub fn new(
        extent: Option<(f64, f64)>,
        fit: Fit,
        kind: Kind,
        unit: &str,
        ticks_max: usize,
    ) -> Self {
        let fixed = matches!(fit, Fit::Fixed(..));
        let (low, high) = domain(extent, fit);
        let ticks_max = ticks_max.max(TICKS_MAX_LEAST);
        let (step, first, last) = ticks((low, high), kind == Kind::Binary, ticks_max, !fixed);
        let places = if first < last {
            places(step, first, last)
        } else {
            vec![low, high]
        };
        let (low, high) = if fixed {
            (low, high)
        } else {
            (step.times(first), step.times(last))
        };
        let most = low.abs().max(high.abs());
        let scale = Scale::of_axis(kind, most, places[1] - places[0]);
        let tick = |at: f64| Tick {
            at,
            text: scale.text(at),
        };
        Self {
            low,
            high,
            ticks: places.into_iter().map(tick).collect(),
            unit: scale.unit(kind, unit),
        }
    }

    /// The characters of the longest label, for the room beside the plot.
    #[must_use]
    pub fn label_chars(&self) -> usize {
        let chars = self.ticks.iter().map(Tick::chars);
        chars.max().unwrap_or(0)
    }
}

fn places(step: Step, first: f64, last: f64) -> Vec<f64> {
    let count = (last - first) as usize + 1;
    // Adding zero makes a zero of minus zero.
    let place = |index| step.times(first + index as f64) + 0.0;
    (0..count).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(extent: (f64, f64), fit: Fit, kind: Kind, labels: &str) {
        let axis = ValueAxis::new(Some(extent), fit, kind, "u", 6);
        let texts: Vec<_> = axis.ticks.iter().map(|tick| tick.text.as_str()).collect();
        let found = [&texts.join(" "), axis.unit.as_str()].join(" | ");
        assert_eq!(found, labels, "{extent:?}");
    }

    #[test]
    fn labels_are_short_and_share_a_unit() {
        use Kind::{Binary, Percent, Plain, Si};
        let zero = Fit::FromZero;
        check(
            (3.0, 250.0),
            Fit::Fixed(0.0, 100.0),
            Percent,
            "0 20 40 60 80 100 | %",
        );
        check((3.0, 42.0), zero, Plain, "0 10 20 30 40 50 | u");
        check((0.1, 0.42), zero, Plain, "0.0 0.1 0.2 0.3 0.4 0.5 | u");
        check(
            (36.1, 36.4),
            Fit::Around,
            Plain,
            "36.0 36.1 36.2 36.3 36.4 36.5 | u",
        );
        check((0.0, 42_000.0), zero, Plain, "0 10 20 30 40 50 | ku");
        check((0.0, 420.0), zero, Si, "0 100 200 300 400 500 | u");
        check((0.0, 1_300_000.0), zero, Si, "0.0 0.5 1.0 1.5 | Mu");
        check(
            (1e9, 1.04e9),
            Fit::Around,
            Si,
            "980 1000 1020 1040 1060 | Mu",
        );
        check((0.0, 900.0), zero, Binary, "0 256 512 768 1024 | u");
        check((0.0, 3.5e9), zero, Binary, "0 1 2 3 4 | Giu");
        check((0.0, 1.2e9), zero, Binary, "0 256 512 768 1024 1280 | Miu");
        check((-30.0, 70.0), zero, Plain, "−50 0 50 100 | u");
    }

    #[test]
    fn extreme_extents_have_short_labels() {
        let around = Fit::Around;
        check(
            (-1e308, 1e308),
            around,
            Kind::Plain,
            "−2e300 −1e300 0 1e300 2e300 | u",
        );
        check(
            (1e-9, 2e-9),
            Fit::FromZero,
            Kind::Plain,
            "0.0 0.5e−9 1.0e−9 1.5e−9 2.0e−9 2.5e−9 | u",
        );
        check(
            (0.0, 1e-300),
            around,
            Kind::Plain,
            "0.0 0.2 0.4 0.6 0.8 1.0 | u",
        );
    }

    #[test]
    fn a_fixed_axis_without_nice_values_is_labelled_at_its_ends() {
        let axis = ValueAxis::new(None, Fit::Fixed(3.1, 3.9), Kind::Binary, "B", 3);
        let places: Vec<_> = axis.ticks.iter().map(|tick| tick.at).collect();
        assert_eq!(places, [3.1, 3.9]);
    }

    fn fit() -> impl Strategy<Value = Fit> {
        prop_oneof![
            Just(Fit::FromZero),
            Just(Fit::Around),
            (-1e6..1e6_f64, 1e-3..1e6_f64).prop_map(|(low, span)| Fit::Fixed(low, low + span)),
        ]
    }

    fn extent() -> impl Strategy<Value = (f64, f64)> {
        let value = || prop_oneof![-1e3..1e3_f64, proptest::num::f64::NORMAL];
        (value(), value()).prop_map(|(one, other)| (one.min(other), one.max(other)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn ticks_are_few_even_nice_and_within(
            extent in extent(),
            fit in fit(),
            binary in any::<bool>(),
            ticks_max in 5_usize..12,
        ) {
            let kind = if binary { Kind::Binary } else { Kind::Si };
            let axis = ValueAxis::new(Some(extent), fit, kind, "", ticks_max);
            let places: Vec<_> = axis.ticks.iter().map(|tick| tick.at).collect();
            let span = axis.high - axis.low;
            prop_assert!(axis.low < axis.high && span.is_finite());
            prop_assert!((2..=ticks_max).contains(&places.len()), "{places:?}");
            let slack = span * 1e-6;
            prop_assert!(places[0] >= axis.low - slack && places[places.len() - 1] <= axis.high + slack);
            let step = places[1] - places[0];
            for pair in places.windows(2) {
                prop_assert!(((pair[1] - pair[0]) / step - 1.0).abs() < 1e-3, "{places:?}");
            }
            let at_ends = matches!(fit, Fit::Fixed(..)) && places.len() == 2;
            if !at_ends && binary {
                prop_assert!((step.log2() - step.log2().round()).abs() < 1e-6, "{step}");
            } else if !at_ends {
                let mantissa = step / 10_f64.powf((step.log10() + 1e-6).floor());
                prop_assert!([1.0, 2.0, 5.0].iter().any(|nice| (mantissa - nice).abs() < 1e-3), "{step}");
            }
            if !matches!(fit, Fit::Fixed(..)) {
                let bounded = |value: f64| value.clamp(-1e300, 1e300);
                prop_assert!(axis.low <= bounded(extent.0) + slack && bounded(extent.1) <= axis.high + slack);
            }
            let longest = axis.label_chars();
            prop_assert!(longest <= 15, "{:?}", axis.ticks);
            // Labels distinguish ticks.
            let distinct = axis.ticks.windows(2).all(|pair| pair[0].text != pair[1].text);
            prop_assert!(distinct, "{:?}", axis.ticks);
        }
    }
}
