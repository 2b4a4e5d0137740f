//! Reads files of `/proc` and `/sys` as bytes, so that a name that is not UTF-8 does not invalidate the
//! file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The maximum size read; the rest of a larger file is ignored.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Replaces the content of `buffer` by that of a file.
pub(super) fn read_into(path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    let file = File::open(path)?;
    file.take(FILE_BYTES_MAX).read_to_end(buffer)?;
    Ok(())
}

/// The content of a file; empty if it cannot be read.
pub(super) fn read(path: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    match read_into(path, &mut content) {
        Ok(()) => content,
        Err(_) => Vec::new(),
    }
}

pub(super) fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split(|&byte| byte == b'\n')
}

/// The columns of a line, separated by any number of blanks.
pub(super) fn columns(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|column| !column.is_empty())
}

/// A decimal number that does not overflow.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    str::from_utf8(digits).ok()?.parse().ok()
}
