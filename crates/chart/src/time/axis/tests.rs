use super::*;
use crate::time::iso;
use crate::time::label::local;
use proptest::prelude::*;

const MINUTE: f64 = 60_000.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// 2026-01-15T00:00:00Z.
const JANUARY_15: f64 = 1_768_435_200_000.0;

/// 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z, when clocks change in Central Europe.
const SPRING: f64 = 1_774_746_000_000.0;
const AUTUMN: f64 = 1_792_890_000_000.0;

fn utc(_: f64) -> i32 {
    0
}

fn vienna(at_ms: f64) -> i32 {
    if (SPRING..AUTUMN).contains(&at_ms) {
        120
    } else {
        60
    }
}

fn kolkata(_: f64) -> i32 {
    330
}

fn kathmandu(_: f64) -> i32 {
    345
}

/// Clocks that go forward at midnight, as they did in São Paulo.
fn sao_paulo(at_ms: f64) -> i32 {
    if at_ms < JANUARY_15 + 3.0 * HOUR {
        -180
    } else {
        -120
    }
}

/// Half an hour of summer time, as on Lord Howe Island.
fn lord_howe(at_ms: f64) -> i32 {
    if at_ms < AUTUMN { 660 } else { 630 }
}

fn check(from: f64, span: f64, ticks_max: f64, offset: Offset<'_>, labels: &str) {
    check_hours(from, span, ticks_max, offset, Hours::TwentyFour, labels);
}

fn check_hours(
    from: f64,
    span: f64,
    ticks_max: f64,
    offset: Offset<'_>,
    hours: Hours,
    labels: &str,
) {
    // Six characters and the gap, ten pixels each.
    let width = ticks_max * 80.0;
    let window = Window::new(from, from + span);
    let ticks = time_ticks(window, width, 10.0, offset, hours);
    let texts: Vec<_> = ticks.iter().map(|tick| tick.text.as_str()).collect();
    assert_eq!(texts.join(" "), labels, "{}", iso(from));
}

#[test]
fn labels_say_no_more_than_they_must() {
    let at = JANUARY_15;
    check(
        at + 10.5 * HOUR,
        20_000.0,
        5.0,
        &utc,
        "10:30:00 10:30:05 10:30:10 10:30:15 10:30:20",
    );
    check(
        at + 10.5 * HOUR,
        50.0 * MINUTE,
        5.0,
        &utc,
        "10:30 10:40 10:50 11:00 11:10 11:20",
    );
    check(
        at - HOUR,
        2.0 * HOUR,
        4.0,
        &utc,
        "23:00 23:30 15 Jan 00:30 01:00",
    );
    check(
        at,
        24.0 * HOUR,
        4.0,
        &utc,
        "15 Jan 06:00 12:00 18:00 16 Jan",
    );
    check(
        at,
        5.0 * DAY,
        5.0,
        &utc,
        "15 Jan 16 Jan 17 Jan 18 Jan 19 Jan 20 Jan",
    );
    check(at, 21.0 * DAY, 3.0, &utc, "19 Jan 26 Jan 2 Feb");
    check(at - 40.0 * DAY, 110.0 * DAY, 5.0, &utc, "2026 Feb Mar");
    check(at, 1_000.0 * DAY, 4.0, &utc, "2027 2028");
}

#[test]
fn an_hour_that_is_skipped_has_no_ticks() {
    check(
        SPRING - HOUR,
        2.0 * HOUR,
        4.0,
        &vienna,
        "01:00 01:30 03:00 03:30 04:00",
    );
    check(
        SPRING - 2.0 * HOUR,
        4.0 * HOUR,
        4.0,
        &vienna,
        "29 Mar 01:00 03:00 04:00 05:00",
    );
    check(
        SPRING - 2.0 * HOUR,
        8.0 * HOUR,
        4.0,
        &vienna,
        "29 Mar 04:00 06:00 08:00",
    );
    check(
        SPRING - 2.0 * HOUR,
        24.0 * HOUR,
        4.0,
        &vienna,
        "29 Mar 06:00 12:00 18:00 30 Mar",
    );
    check(
        SPRING - 26.0 * HOUR,
        72.0 * HOUR,
        3.0,
        &vienna,
        "28 Mar 29 Mar 30 Mar 31 Mar",
    );
}

#[test]
fn an_hour_that_is_repeated_has_its_ticks_twice() {
    check(
        AUTUMN - HOUR,
        2.0 * HOUR,
        4.0,
        &vienna,
        "02:00 02:30 02:00 02:30 03:00",
    );
    check(
        AUTUMN - 2.0 * HOUR,
        4.0 * HOUR,
        4.0,
        &vienna,
        "01:00 02:00 02:00 03:00 04:00",
    );
    check(
        AUTUMN - 3.0 * HOUR,
        8.0 * HOUR,
        4.0,
        &vienna,
        "25 Oct 02:00 04:00 06:00",
    );
    check(
        AUTUMN - 3.0 * HOUR,
        25.0 * HOUR,
        5.0,
        &vienna,
        "25 Oct 06:00 12:00 18:00 26 Oct",
    );
    check(
        AUTUMN - 60.0 * DAY,
        120.0 * DAY,
        4.0,
        &vienna,
        "Sep Oct Nov Dec",
    );
}

#[test]
fn zones_half_an_hour_off_have_round_times() {
    check(
        JANUARY_15,
        2.0 * HOUR,
        4.0,
        &kolkata,
        "05:30 06:00 06:30 07:00 07:30",
    );
    check(
        JANUARY_15,
        4.0 * HOUR,
        4.0,
        &kolkata,
        "06:00 07:00 08:00 09:00",
    );
    check(
        JANUARY_15,
        40.0 * MINUTE,
        4.0,
        &kathmandu,
        "05:50 06:00 06:10 06:20",
    );
    check(
        AUTUMN - HOUR,
        3.0 * HOUR,
        3.0,
        &lord_howe,
        "11:00 12:00 13:00",
    );
}

#[test]
fn a_day_whose_midnight_is_skipped_begins_at_the_change() {
    check(
        JANUARY_15 - 30.0 * HOUR,
        3.0 * DAY,
        3.0,
        &sao_paulo,
        "14 Jan 15 Jan 16 Jan",
    );
    let window = Window::new(JANUARY_15, JANUARY_15 + DAY);
    let ticks = time_ticks(window, 80.0, 10.0, &sao_paulo, Hours::TwentyFour);
    assert_eq!(ticks[0].at, JANUARY_15 + 3.0 * HOUR);
}

#[test]
fn twelve_hours_have_noon_and_midnight() {
    let hours = Hours::Twelve;
    check_hours(
        JANUARY_15 + 9.0 * HOUR,
        18.0 * HOUR,
        5.0,
        &utc,
        hours,
        "12:00 PM 6:00 PM 16 Jan",
    );
    let labels = "11:59:30 AM 12:00:00 PM 12:00:30 PM";
    check_hours(
        JANUARY_15 + 12.0 * HOUR - 30_000.0,
        60_000.0,
        5.0,
        &utc,
        hours,
        labels,
    );
}

proptest! {
    #[test]
    fn ticks_ascend_within_with_room_for_labels(
        from in -1e14..1e14_f64,
        exponent in 0.0..13.0_f64,
        width in 1.0..4_000.0_f64,
        zone in 0_usize..5,
        is_twelve in any::<bool>(),
    ) {
        let hours = if is_twelve { Hours::Twelve } else { Hours::TwentyFour };
        let zones: [Offset<'_>; 5] = [&utc, &vienna, &kolkata, &kathmandu, &lord_howe];
        let offset = zones[zone];
        let window = Window::new(from, from + 10_f64.powf(exponent));
        let ticks = time_ticks(window, width, 7.0, offset, hours);
        prop_assert!(ticks.iter().all(|tick| window.contains(tick.at)), "{ticks:?}");
        let ms_per_pixel = window.span_ms() / width;
        let step = step(window, width, 7.0, hours);
        for pair in ticks.windows(2) {
            let pixels = (pair[1].at - pair[0].at) / ms_per_pixel;
            // A change of the clocks by an hour may bring two ticks closer, if hours matter.
            let longest = pair[0].text.chars().count().max(pair[1].text.chars().count()) as f64;
            let closer = step.least_ms() as f64 > HOUR || zone == 4;
            prop_assert!(pixels >= longest * 7.0 * if closer { 0.3 } else { 1.0 }, "{pair:?}");
        }
        for tick in &ticks {
            let local_ms = local(tick.at, offset(tick.at));
            prop_assert_eq!(step.from(local_ms), local_ms, "{} is not round", tick.text);
        }
    }

    #[test]
    fn extreme_windows_and_offsets_end(
        from in proptest::num::f64::ANY,
        to in proptest::num::f64::ANY,
        width in proptest::num::f64::ANY,
        offset in any::<i32>(),
    ) {
        let ticks = time_ticks(Window::new(from, to), width, 7.0, &|_| offset, Hours::Twelve);
        prop_assert!(ticks.len() <= TICKS_MAX);
        let wild = |at_ms: f64| (at_ms as i64 % 977) as i32;
        let ticks = time_ticks(Window::new(from, to), width, 7.0, &wild, Hours::Twelve);
        prop_assert!(ticks.len() <= TICKS_MAX);
    }
}
