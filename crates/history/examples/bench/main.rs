//! What `cargo xtask bench history` runs: figures about a recording of a real host.
//!
//! `--record SECONDS FILE` makes one. `FILE` compares codecs on it, then takes days of it into SQLite
//! and asks. `--fill FOLDER FILE` leaves such days in a folder, up to now, for a server to begin with.
//! Nothing here is part of the product.

mod record;
mod samples;

mod compare;
mod rivals;

mod fill;
mod ingest;
mod plain;
mod replay;
mod store;

use std::io;
use std::path::PathBuf;

const USAGE: &str = "say `--record SECONDS FILE`, or `[--fill FOLDER] FILE [--days N] [--hosts N] \
    [--plain-days N]`";

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or_else(|| io::Error::other(USAGE));
    let mut first = next()?;
    if first == "--record" {
        let seconds = number(&next()?)?;
        return record::record(seconds as u64, next()?.as_ref());
    }
    let mut filled = None;
    if first == "--fill" {
        filled = Some(PathBuf::from(next()?));
        first = next()?;
    }
    let mut size = store::Size {
        days: 7,
        hosts: 1,
        plain_days: 7,
    };
    while let Ok(option) = next() {
        let value = number(&next()?)?;
        match option.as_str() {
            "--days" => size.days = value,
            "--hosts" => size.hosts = value,
            "--plain-days" => size.plain_days = value,
            _ => return Err(io::Error::other(USAGE)),
        }
    }
    let messages = samples::messages(first.as_ref())?;
    if let Some(folder) = filled {
        store::fill(&messages, &size, &folder).await;
        return Ok(());
    }
    compare::codecs(&samples::series(&messages));
    println!();
    store::store(&messages, &size).await;
    Ok(())
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(io::Error::other)
}
