//! Chunks: what goes in comes out, and no bytes do harm.

mod replay;

use history::codec::{DecodeError, decode, encode};
use proptest::prelude::*;
use replay::with_checksum;

/// Strictly ascending times of all kinds: on a grid with jitter and gaps, and anywhere.
fn times_ms() -> impl Strategy<Value = Vec<i64>> {
    let distance = prop_oneof![
        8 => Just(1_000_i64),
        4 => 990_i64..1_010,
        1 => 1_i64..100_000,
        1 => 1_i64..1 << 40,
    ];
    let start = prop_oneof![3 => 1_700_000_000_000_i64..1_900_000_000_000, 1 => i64::MIN / 2..0];
    (start, prop::collection::vec(distance, 0..300)).prop_map(|(start, distances)| {
        let mut time_ms = start;
        let mut times_ms = vec![time_ms];
        for distance in distances {
            time_ms += distance;
            times_ms.push(time_ms);
        }
        times_ms
    })
}

/// A column of so many values of one kind.
fn values(count: usize) -> impl Strategy<Value = Vec<f64>> {
    let of = move |value: BoxedStrategy<f64>| prop::collection::vec(value, count);
    prop_oneof![
        of((0_u32..=1_000)
            .prop_map(|tenths| f64::from(tenths) / 10.0)
            .boxed()),
        of((0_u32..1_000, 0_i32..9)
            .prop_map(|(m, e)| f64::from(m) * 10_f64.powi(e))
            .boxed()),
        of((-5_i64..5).prop_map(|n| (n * 4_096) as f64).boxed()),
        of(any::<i64>().prop_map(|n| n as f64).boxed()),
        of(any::<u64>().prop_map(f64::from_bits).boxed()),
        any::<f64>().prop_map(move |value| vec![value; count]),
        of((0.0..1.0_f64).boxed()),
        of((0_i64..1 << 30)
            .boxed()
            .prop_map(|step| step as f64)
            .boxed())
        .prop_map(|steps| {
            let mut total = 0.0;
            steps
                .iter()
                .map(|step| {
                    total += step;
                    total
                })
                .collect()
        }),
    ]
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

proptest! {
    #[test]
    fn samples_come_back_bit_by_bit(
        (times_ms, values, others) in times_ms().prop_flat_map(|times_ms| {
            let count = times_ms.len();
            (Just(times_ms), values(count), values(count))
        }),
    ) {
        let (decoded_ms, [decoded]) = decode(&encode(&times_ms, &[&values])).expect("one column");
        prop_assert_eq!(&decoded_ms, &times_ms);
        prop_assert_eq!(bits(&decoded), bits(&values));

        let (decoded_ms, decoded) = decode::<2>(&encode(&times_ms, &[&values, &others])).expect("two");
        prop_assert_eq!(&decoded_ms, &times_ms);
        prop_assert_eq!(decoded.map(|column| bits(&column)), [bits(&values), bits(&others)]);
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        replay::chunk(&bytes);
    }

    #[test]
    fn damage_is_noticed(at in 0_usize..10_000, flip in 1_u8..) {
        let times_ms: Vec<i64> = (0..500).map(|second| second * 1_000).collect();
        let values: Vec<f64> = (0..500).map(|n| f64::from(n * n % 977) / 10.0).collect();
        let mut bytes = encode(&times_ms, &[&values]);
        let at = at % bytes.len();
        prop_assert!(decode::<1>(&bytes[..at]).is_err());
        bytes[at] ^= flip;
        prop_assert!(decode::<1>(&bytes).is_err());
        // With a checksum that is right, it may be another chunk, and no more.
        bytes.insert(0, 1);
        replay::chunk(&bytes);
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let chunk = encode(&[1, 2, 3], &[&[1.0, 2.0, 3.0]]);
    assert_eq!(decode::<1>(&[]), Err(DecodeError::Truncated));
    assert_eq!(decode::<1>(&chunk[..4]), Err(DecodeError::Truncated));
    assert_eq!(decode::<1>(&chunk[..7]), Err(DecodeError::Checksum));
    let wrong_columns = DecodeError::Columns {
        expected: 4,
        found: 1,
    };
    assert_eq!(decode::<4>(&chunk), Err(wrong_columns));
    let mut newer = chunk.clone();
    newer[0] = 2;
    assert_eq!(decode::<1>(&newer), Err(DecodeError::Version(2)));
    let mut bomb = chunk;
    bomb.splice(5..6, [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    let bomb = with_checksum(bomb);
    assert_eq!(decode::<1>(&bomb), Err(DecodeError::Count((1 << 42) - 1)));
}

#[test]
fn a_quiet_series_takes_next_to_nothing() {
    let times_ms: Vec<i64> = (0..900).map(|second| second * 1_000 + 863).collect();
    assert!(encode(&times_ms, &[&[35.4; 900]]).len() < 40);
    let uptime: Vec<f64> = (0..900).map(f64::from).collect();
    assert!(encode(&times_ms, &[&uptime]).len() < 50);
}

/// The seeds that fuzzing starts from, which `UPDATE_CORPUS=1` writes.
#[test]
fn the_corpus_does_no_harm() {
    let folder = std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/chunk"
    ));
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        for (name, options, chunk) in seeds() {
            let seed = [vec![options], chunk].concat();
            std::fs::write(folder.join(name), seed).expect("written");
        }
    }
    let mut seen = 0;
    for seed in std::fs::read_dir(folder).expect("the corpus") {
        replay::chunk(&std::fs::read(seed.expect("an entry").path()).expect("a seed"));
        seen += 1;
    }
    assert!(seen >= seeds().len());
}

fn seeds() -> Vec<(&'static str, u8, Vec<u8>)> {
    let times_ms: Vec<i64> = (0..60)
        .map(|n| 1_768_435_200_863 + n * 1_000 + n % 3)
        .collect();
    let of = |value: fn(i64) -> f64| (0..60).map(value).collect::<Vec<f64>>();
    let (percents, counter) = (
        of(|n| (n * n % 977) as f64 / 10.0),
        of(|n| (n * 4_096) as f64),
    );
    let rates = of(|n| (n * n % 97) as f64 * 10_f64.powi((n % 7) as i32));
    let floats = of(|n| (n as f64).sqrt());
    let one = |values: &Vec<f64>| encode(&times_ms, &[values]);
    let four = encode(&times_ms, &[&percents, &counter, &rates, &floats]);
    vec![
        ("percents", 1, one(&percents)),
        ("counter", 1, one(&counter)),
        ("rates", 1, one(&rates)),
        ("floats", 1, one(&floats)),
        ("buckets", 3, four),
        ("as-it-is", 0, one(&percents)),
    ]
}
