//! Every input that the fuzzer once found worth keeping, on stable Rust.

mod replay;

use std::fs;
use std::path::Path;

fn check(target: &str, replay: fn(&[u8])) -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&corpus)? {
        replay(&fs::read(entry?.path())?);
        inputs += 1;
    }
    assert!(inputs > 0, "{} is empty", corpus.display());
    Ok(())
}

#[test]
fn frame_parser() -> std::io::Result<()> {
    check("frame_parser", replay::frame_parser)
}

#[test]
fn inflate() -> std::io::Result<()> {
    check("inflate", replay::inflate)
}
