//! The codecs that ours was chosen against, each over one column of times and one of values.

mod deflated;
mod gorilla;
mod packed;
mod pcodec;

mod varints;

/// Times and values.
type Columns = (Vec<i64>, Vec<f64>);

pub(crate) struct Codec {
    pub(crate) name: &'static str,
    pub(crate) encode: fn(&[i64], &[f64]) -> Vec<u8>,
    pub(crate) decode: fn(&[u8]) -> Columns,
}

pub(crate) const CODECS: &[Codec] = &[
    Codec {
        name: "history::codec",
        encode: |times_ms, values| history::codec::encode(times_ms, &[values]),
        decode: |bytes| {
            let (times_ms, [values]) = history::codec::decode(bytes).expect("our own chunk");
            (times_ms, values)
        },
    },
    Codec {
        name: "pcodec (pco 1)",
        encode: pcodec::encode,
        decode: pcodec::decode,
    },
    Codec {
        name: "decimal deltas, deflate",
        encode: deflated::encode,
        decode: deflated::decode,
    },
    Codec {
        name: "decimal deltas, bit-packed",
        encode: packed::encode,
        decode: packed::decode,
    },
    Codec {
        name: "Gorilla",
        encode: gorilla::encode,
        decode: gorilla::decode,
    },
];
