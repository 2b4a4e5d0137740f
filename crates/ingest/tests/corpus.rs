//! Every input that was worth keeping, among them what real senders sent; and any bytes.

mod replay;

use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn check(target: &str, replay: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&corpus).expect("a corpus") {
        let input = fs::read(entry.expect("an entry").path()).expect("an input");
        replay(&input);
        // As a network may cut or change it.
        for at in (0..input.len()).step_by(1 + input.len() / 200) {
            replay(&input[..at]);
            let mut changed = input.clone();
            changed[at] ^= 1 << (at % 8);
            replay(&changed);
        }
        inputs += 1;
    }
    assert!(inputs > 0, "{} is empty", corpus.display());
}

#[test]
fn influx() {
    check("influx", replay::influx);
}

#[test]
fn exposition() {
    check("exposition", replay::exposition);
}

#[test]
fn remote_write() {
    check("remote_write", replay::remote_write);
}

#[test]
fn otlp() {
    check("otlp", replay::otlp);
}

#[test]
fn statsd() {
    check("statsd", replay::statsd);
}

proptest! {
    #[test]
    fn any_bytes(data in prop::collection::vec(any::<u8>(), 0..400)) {
        for replay in [replay::influx, replay::exposition, replay::remote_write, replay::otlp, replay::statsd] {
            replay(&data);
        }
    }

    #[test]
    fn any_text(text in "[ab=,\\\\\" {}#|:@.0-9\n-]{0,200}") {
        for replay in [replay::influx, replay::exposition, replay::statsd] {
            replay(text.as_bytes());
        }
    }
}
