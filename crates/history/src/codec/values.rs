//! One column of values: as whole numbers and their differences if they are decimals, else as floats.

use super::bits::Numbers;
use super::range::{Decoder, Encoder};
use super::varint::{put, put_signed, take, take_byte, take_signed, unzigzag, zigzag};
use super::{DecodeError, decimal, raw};

/// Percents in tenths have ten bits, and rates of three digits no more than fourteen.
const DEPTH: u32 = 12;
/// In the header, in place of an order.
const RAW: u8 = 0xff;

/// How a column of whole numbers becomes one of small numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// 0: how far above `base`; 1: how far from the one before; 2: how much that distance changed.
    order: u8,
    /// Decimal places.
    places: u8,
    /// Significant digits of the scientific form; 0 if the numbers are unchanged.
    digits: u8,
    base: i64,
    /// All are `base` and a multiple of this.
    step: u64,
}

/// A column in the form in which it is coded.
pub(super) enum Column<'a> {
    /// Floats, unchanged.
    Raw(&'a [f64]),
    /// Small numbers, and how to restore the values.
    Whole(Form, Vec<u64>),
}

impl<'a> Column<'a> {
    /// The form in which these values take the fewest bytes.
    pub(super) fn best(values: &'a [f64]) -> Self {
        candidates(values)
            .into_iter()
            .min_by_key(|(form, residuals)| written(*form, residuals).len())
            .map_or(Self::Raw(values), |(form, residuals)| {
                Self::Whole(form, residuals)
            })
    }

    pub(super) fn put_head(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Raw(_) => bytes.push(RAW),
            Self::Whole(form, _) => form.put(bytes),
        }
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Raw(values) => raw::encode(encoder, values),
            Self::Whole(_, residuals) => encode_all(encoder, residuals),
        }
    }
}

fn encode_all(encoder: &mut Encoder, residuals: &[u64]) {
    let mut numbers = Numbers::new(DEPTH);
    for &residual in residuals {
        numbers.encode(encoder, residual);
    }
}

fn written(form: Form, residuals: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    form.put(&mut bytes);
    let mut encoder = Encoder::new();
    encode_all(&mut encoder, residuals);
    bytes.extend(encoder.finish());
    bytes
}

/// None if these are no decimals, and one if they are all the same.
fn candidates(values: &[f64]) -> Vec<(Form, Vec<u64>)> {
    let Some((places, wholes)) = decimal::to_whole(values) else {
        return Vec::new();
    };
    let mut scales = vec![(0, wholes.clone())];
    if let Some(digits) = decimal::significant_digits(&wholes) {
        let counted: Option<Vec<_>> = wholes
            .iter()
            .map(|&whole| decimal::to_scientific(whole, digits))
            .collect();
        scales.extend(counted.map(|counted| (digits, counted)));
    }
    let mut candidates = Vec::new();
    for (digits, numbers) in scales {
        for order in 0..=2 {
            let candidate = Form::of(order, places, digits, &numbers);
            if candidate.1.iter().all(|&residual| residual == 0) {
                return vec![candidate];
            }
            candidates.push(candidate);
        }
    }
    candidates
}

impl Form {
    fn of(order: u8, places: u8, digits: u8, numbers: &[i64]) -> (Self, Vec<u64>) {
        let base = match order {
            0 => numbers.iter().min(),
            _ => numbers.first(),
        };
        let base = base.copied().unwrap_or_default();
        let step = numbers.iter().fold(0, |step, &number| {
            greatest_common_divisor(step, number.abs_diff(base))
        });
        let form = Self {
            order,
            places,
            digits,
            base,
            step: step.max(1),
        };
        let (mut before, mut distance_before) = (0, 0);
        let residuals = numbers.iter().map(|&number| {
            let multiple = (number - base) / form.step as i64;
            let distance = multiple - before;
            let change = distance - distance_before;
            (before, distance_before) = (multiple, distance);
            match order {
                0 => multiple as u64,
                1 => zigzag(distance),
                _ => zigzag(change),
            }
        });
        let residuals = residuals.collect();
        (form, residuals)
    }

    fn put(self, bytes: &mut Vec<u8>) {
        bytes.extend([self.order, self.places, self.digits]);
        put_signed(bytes, self.base);
        put(bytes, self.step);
    }

    fn take(order: u8, bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let form = Self {
            order,
            places: take_byte(bytes)?,
            digits: take_byte(bytes)?,
            base: take_signed(bytes)?,
            step: take(bytes)?,
        };
        if form.order > 2 || form.digits > decimal::DIGITS_MAX {
            return Err(DecodeError::Invalid("a form of values that there is not"));
        }
        Ok(form)
    }

    fn decode(self, decoder: &mut Decoder<'_>, count: usize) -> Result<Vec<f64>, DecodeError> {
        let mut model = Numbers::new(DEPTH);
        let mut values = Vec::with_capacity(count);
        let (mut multiple, mut distance) = (0_i64, 0_i64);
        for _ in 0..count {
            let residual = model.decode(decoder);
            match self.order {
                0 => multiple = residual as i64,
                1 => multiple = multiple.wrapping_add(unzigzag(residual)),
                _ => {
                    distance = distance.wrapping_add(unzigzag(residual));
                    multiple = multiple.wrapping_add(distance);
                }
            }
            let above = multiple.wrapping_mul(self.step as i64);
            let value = self.value(self.base.wrapping_add(above));
            values.push(value.ok_or(DecodeError::Invalid("a value beyond all numbers"))?);
        }
        Ok(values)
    }

    #[inline]
    fn value(self, number: i64) -> Option<f64> {
        let whole = match self.digits {
            0 => number,
            digits => decimal::from_scientific(number, digits)?,
        };
        decimal::from_whole(whole, self.places)
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The header of a column.
pub(super) enum Head {
    Raw,
    Whole(Form),
}

impl Head {
    pub(super) fn take(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        match take_byte(bytes)? {
            RAW => Ok(Self::Raw),
            order => Form::take(order, bytes).map(Self::Whole),
        }
    }

    pub(super) fn decode(
        &self,
        decoder: &mut Decoder<'_>,
        count: usize,
    ) -> Result<Vec<f64>, DecodeError> {
        match self {
            Self::Raw => Ok(raw::decode(decoder, count)),
            Self::Whole(form) => form.decode(decoder, count),
        }
    }
}
