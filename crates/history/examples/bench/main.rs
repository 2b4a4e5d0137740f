//! What `cargo xtask bench history` runs: measures codec, store and queries on a recording of a real host.
//!
//! `--record SECONDS FILE` makes a recording. `FILE` measures the codec on it, then ingests days of it
//! into SQLite and queries them. `--generate FOLDER FILE` writes such days, up to now, into the data directory
//! of a server. Nothing here is part of the product.

mod record;
mod samples;

mod codec;

mod generate;
mod ingest;
mod replay;
mod store;

use std::io;
use std::path::PathBuf;

const USAGE: &str =
    "usage: `--record SECONDS FILE` or `[--generate FOLDER] FILE [--days N] [--hosts N]`";

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or_else(|| io::Error::other(USAGE));
    let mut first = next()?;
    if first == "--record" {
        let seconds = number(&next()?)?;
        return record::record(seconds as u64, next()?.as_ref());
    }
    let mut generated = None;
    if first == "--generate" {
        generated = Some(PathBuf::from(next()?));
        first = next()?;
    }
    let mut size = store::Size { days: 7, hosts: 1 };
    while let Ok(option) = next() {
        let value = number(&next()?)?;
        match option.as_str() {
            "--days" => size.days = value,
            "--hosts" => size.hosts = value,
            _ => return Err(io::Error::other(USAGE)),
        }
    }
    let messages = samples::messages(first.as_ref())?;
    if let Some(folder) = generated {
        store::generate(&messages, &size, &folder).await;
        return Ok(());
    }
    codec::codec(&samples::series(&messages));
    println!();
    store::store(&messages, &size).await;
    Ok(())
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(io::Error::other)
}
