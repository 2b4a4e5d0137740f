//! Where a tooltip goes.

/// The corner of a box of `size` beside a point, `gap` away from it: to its right, or to its left
/// where there is no room, and within `bounds` (width and height) in any case.
#[must_use]
pub fn tooltip(point: (f64, f64), size: (f64, f64), bounds: (f64, f64), gap: f64) -> (f64, f64) {
    let right = point.0 + gap;
    let left = point.0 - gap - size.0;
    let has_room = right + size.0 <= bounds.0;
    let x = if has_room { right } else { left };
    let within = |at: f64, size: f64, bound: f64| at.min(bound - size).max(0.0);
    (
        within(x, size.0, bounds.0),
        within(point.1 - size.1 / 2.0, size.1, bounds.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_and_beside_the_point() {
        for (point, corner) in [
            ((10.0, 50.0), (15.0, 40.0)),
            ((190.0, 50.0), (145.0, 40.0)),
            ((10.0, 0.0), (15.0, 0.0)),
            ((10.0, 99.0), (15.0, 80.0)),
        ] {
            assert_eq!(
                tooltip(point, (40.0, 20.0), (200.0, 100.0), 5.0),
                corner,
                "{point:?}"
            );
        }
        // Too large for its bounds: its start is what must be read.
        assert_eq!(
            tooltip((5.0, 5.0), (40.0, 40.0), (20.0, 20.0), 5.0),
            (0.0, 0.0)
        );
    }
}
