use super::*;
use proptest::prelude::*;

const BOUNDS: Bounds = Bounds {
    oldest_ms: 0.0,
    now_ms: 1_000_000.0,
};

fn viewport() -> Viewport {
    Viewport::new(60_000.0, 1_000.0)
}

/// What is seen after some changes, in milliseconds, and whether it follows.
fn check(change: impl Fn(&mut Viewport), from_ms: f64, to_ms: f64, following: bool) {
    let mut viewport = viewport();
    change(&mut viewport);
    assert_eq!(viewport.window(BOUNDS), Window::new(from_ms, to_ms));
    assert_eq!(viewport.is_following(), following);
}

#[test]
fn follows_until_it_is_held() {
    check(|_| (), 940_000.0, 1_000_000.0, true);
    check(|v| v.pan(BOUNDS, -0.5), 910_000.0, 970_000.0, false);
    check(|v| v.pan(BOUNDS, -0.01), 939_400.0, 999_400.0, false);
    check(|v| v.pan(BOUNDS, -1e9), 0.0, 60_000.0, false);
    check(|v| v.pan(BOUNDS, f64::NAN), 940_000.0, 1_000_000.0, true);
    check(|v| v.zoom(BOUNDS, 0.99, 0.5), 970_000.0, 1_000_000.0, true);
    check(|v| v.zoom(BOUNDS, 0.5, 0.5), 955_000.0, 985_000.0, false);
    check(|v| v.zoom(BOUNDS, 0.5, 1e9), 0.0, 1_000_000.0, true);
    check(|v| v.zoom(BOUNDS, 0.5, 0.0), 940_000.0, 1_000_000.0, true);
    check(|v| v.zoom(BOUNDS, 0.0, 1e-9), 940_000.0, 941_000.0, false);
    check(
        |v| v.select(BOUNDS, 20_000.0, 10_000.0),
        10_000.0,
        20_000.0,
        false,
    );
    check(|v| v.select(BOUNDS, 5e3, 5e3), 4_500.5, 5_500.5, false);
    check(|v| v.reveal(BOUNDS, 930_000.0), 930_000.0, 990_000.0, false);
    check(
        |v| v.reveal(BOUNDS, 950_000.0),
        940_000.0,
        1_000_000.0,
        true,
    );
}

#[test]
fn coming_back_to_the_live_end_follows_again() {
    check(
        |v| {
            v.pan(BOUNDS, -2.0);
            v.pan(BOUNDS, 1.99);
        },
        940_000.0,
        1_000_000.0,
        true,
    );
}

#[test]
fn time_passes_under_a_view_that_follows_and_not_under_one_that_is_held() {
    let later = Bounds {
        now_ms: 1_000_016.0,
        ..BOUNDS
    };
    let mut viewport = viewport();
    assert_eq!(viewport.window(later), Window::new(940_016.0, 1_000_016.0));
    viewport.select(BOUNDS, 10_000.0, 20_000.0);
    assert_eq!(viewport.window(later), viewport.window(BOUNDS));
    // Until its samples are dropped.
    let dropped = Bounds {
        oldest_ms: 15_000.0,
        ..later
    };
    assert_eq!(viewport.window(dropped).from_ms(), 15_000.0);
}

#[test]
fn fingers_hold_on_to_their_times() {
    let mut viewport = viewport();
    viewport.pinch(BOUNDS, (500_000.0, 510_000.0), (0.25, 0.75));
    assert_eq!(viewport.window(BOUNDS), Window::new(495_000.0, 515_000.0));
    let before = viewport;
    viewport.pinch(BOUNDS, (500_000.0, 510_000.0), (0.5, 0.5));
    viewport.pinch(BOUNDS, (500_000.0, 510_000.0), (0.6, 0.4));
    assert_eq!(viewport, before, "what makes no sense changes nothing");
}

#[derive(Debug, Clone)]
enum Step {
    Zoom(f64, f64),
    Pan(f64),
    Select(f64, f64),
    Reveal(f64),
    Pinch((f64, f64), (f64, f64)),
}

fn step() -> impl Strategy<Value = Step> {
    let at = || -2e6..2e6_f64;
    prop_oneof![
        (0.0..1.0, 0.01..100.0_f64).prop_map(|(share, factor)| Step::Zoom(share, factor)),
        (-3.0..3.0_f64).prop_map(Step::Pan),
        (at(), at()).prop_map(|(one, other)| Step::Select(one, other)),
        at().prop_map(Step::Reveal),
        ((at(), at()), (0.0..1.0, 0.0..1.0)).prop_map(|(held, shares)| Step::Pinch(held, shares)),
    ]
}

fn apply(viewport: &mut Viewport, step: &Step) {
    match *step {
        Step::Zoom(share, factor) => viewport.zoom(BOUNDS, share, factor),
        Step::Pan(share) => viewport.pan(BOUNDS, share),
        Step::Select(one, other) => viewport.select(BOUNDS, one, other),
        Step::Reveal(at_ms) => viewport.reveal(BOUNDS, at_ms),
        Step::Pinch(held_ms, shares) => viewport.pinch(BOUNDS, held_ms, shares),
    }
}

proptest! {
    #[test]
    fn never_leaves_what_there_is(steps in proptest::collection::vec(step(), 1..20)) {
        let mut viewport = viewport();
        for step in steps {
            apply(&mut viewport, &step);
            let seen = viewport.window(BOUNDS);
            prop_assert!(seen.from_ms() >= -1e-3 && seen.to_ms() <= 1_000_000.001, "{seen:?}");
            prop_assert!(seen.span_ms() >= 1_000.0 - 1e-3, "{seen:?}");
        }
        viewport.reset();
        prop_assert!(viewport.is_reset());
        prop_assert_eq!(viewport, self::viewport());
    }

    #[test]
    fn zooming_keeps_the_time_at_the_anchor(
        from in 200_000.0..400_000.0_f64,
        span in 10_000.0..50_000.0_f64,
        share in 0.0..1.0_f64,
        factor in 0.2..3.0_f64,
    ) {
        let mut viewport = viewport();
        viewport.select(BOUNDS, from, from + span);
        let before = viewport.window(BOUNDS);
        viewport.zoom(BOUNDS, share, factor);
        let after = viewport.window(BOUNDS);
        prop_assert!((before.at(share) - after.at(share)).abs() < 1e-3);
        prop_assert!((after.span_ms() / before.span_ms() / factor - 1.0).abs() < 1e-9);
        viewport.zoom(BOUNDS, share, 1.0 / factor);
        prop_assert!((viewport.window(BOUNDS).from_ms() - before.from_ms()).abs() < 1e-3);
    }
}
