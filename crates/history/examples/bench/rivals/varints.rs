//! Times and values as small whole numbers, for those that squeeze such: second differences of the
//! times, and differences of the values as tenths.

pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// The times first, then the values; `None` if a value is no decimal of these places.
pub(super) fn differences(times_ms: &[i64], values: &[f64], places: i32) -> Option<Vec<u64>> {
    let scale = 10_f64.powi(places);
    let mut numbers = Vec::with_capacity(times_ms.len() * 2);
    let (mut before, mut step) = (0, 0);
    for &time_ms in times_ms {
        let distance = time_ms - before;
        numbers.push(zigzag(distance - step));
        (before, step) = (time_ms, distance);
    }
    let mut before = 0;
    for &value in values {
        let whole = (value * scale).round() as i64;
        if whole as f64 / scale != value {
            return None;
        }
        numbers.push(zigzag(whole - before));
        before = whole;
    }
    Some(numbers)
}

pub(super) fn undo(numbers: &[u64], places: i32) -> (Vec<i64>, Vec<f64>) {
    let scale = 10_f64.powi(places);
    let (times, values) = numbers.split_at(numbers.len() / 2);
    let (mut time_ms, mut step) = (0, 0);
    let times = times.iter().map(|&number| {
        step += unzigzag(number);
        time_ms += step;
        time_ms
    });
    let mut whole = 0;
    let values = values.iter().map(|&number| {
        whole += unzigzag(number);
        whole as f64 / scale
    });
    (times.collect(), values.collect())
}

/// With the fewest places that lose nothing.
pub(super) fn smallest(times_ms: &[i64], values: &[f64]) -> (u8, Vec<u64>) {
    (0..=2)
        .find_map(|places| Some((places as u8, differences(times_ms, values, places)?)))
        .expect("what is recorded has at most two decimals")
}
