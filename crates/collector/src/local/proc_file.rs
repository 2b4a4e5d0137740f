//! Files of `/proc` and `/sys`, read as bytes: one name in them that is not UTF-8 must not cost the
//! rest of the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Far more than any file read here has; of a longer one the rest is ignored.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The content of a file, in place of what `buffer` had.
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

/// The columns of a line, however many blanks are between them.
pub(super) fn columns(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|column| !column.is_empty())
}

/// A decimal number that does not overflow.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    str::from_utf8(digits).ok()?.parse().ok()
}
