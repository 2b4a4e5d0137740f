//! Takes the words from panics: what they say and where in the source they happened.
//!
//! Nobody reads it. In a browser the standard library prints to nowhere, and the page sets no hook;
//! a panic ends the module, which still is what it does. The compiler will leave the words out by
//! itself once `panic = "immediate-abort"` is stable.

use std::ops::Range;

use anyhow::{Context, Result, ensure};

use super::functions::{Code, Functions};
use super::wasm;

const DATA: u8 = 11;

/// What the standard library calls the functions that panic and do nothing else.
const PANICS: [&str; 17] = [
    "4core9panicking",
    "11begin_panicReE",
    "rust_begin_unwind",
    "handle_alloc_error",
    "6option13expect_failed",
    "6option13unwrap_failed",
    "6result13unwrap_failed",
    "13assert_failed",
    "len_mismatch_fail",
    "slice_error_fail",
    "slice_index_fail",
    "panic_already",
    "panic_poisoned",
    "panic_access_error",
    "panic_on_ord_violation",
    "7raw_vec12handle_error",
    "7raw_vec17capacity_overflow",
];

/// Where in the source a panic happened: address and length of the file's name, line and column,
/// each of four bytes.
const PLACE_BYTES: usize = 16;

/// What is longer is no file's name, in bytes.
const FILE_BYTES_MAX: usize = 300;

/// The module with panics that say nothing. Its names must still be there.
pub(super) fn without_words(module: &[u8]) -> Result<Vec<u8>> {
    let (silent, gone) = Functions::of(module)?.without(panics)?;
    ensure!(
        gone > 0,
        "none of its functions is known to panic: did the standard library rename them?"
    );
    wasm::rewritten(&silent, |id, section| match id {
        DATA => data(section).context("read the data").map(Some),
        _ => Ok(None),
    })
}

/// Only the standard library's names are looked at, none of which is a method of a trait; and who
/// never returns ends with a trap.
fn panics(name: &str, code: Code<'_>) -> bool {
    name.starts_with("_R")
        && !(name.starts_with("_RNvX") || name.starts_with("_RNvY"))
        && PANICS.iter().any(|panic| name.contains(panic))
        && code.ends_with_trap()
}

/// The same data, with zeros for places in the source and for the names of their files.
fn data(section: &[u8]) -> Result<Vec<u8>> {
    let mut new = section.to_vec();
    let segments = wasm::data_segments(section)?;
    // Where in the section the bytes of these addresses are.
    let find = |addresses: Range<usize>| {
        segments.iter().find_map(|(start, at)| {
            let from = addresses.start.checked_sub(*start)? + at.start;
            let to = from + addresses.len();
            (to <= at.end).then_some(from..to)
        })
    };
    for (start, at) in &segments {
        let unaligned = (4 - start % 4) % 4;
        for from in (at.start + unaligned..at.end).step_by(4) {
            let place = from..from + PLACE_BYTES;
            let Some(record) = section[..at.end].get(place.clone()) else {
                break;
            };
            let word = |number: usize| {
                let bytes = [0, 1, 2, 3].map(|byte| record[number * 4 + byte]);
                u32::from_le_bytes(bytes) as usize
            };
            let (address, length) = (word(0), word(1));
            if length > FILE_BYTES_MAX || word(2) == 0 || word(3) == 0 {
                continue;
            }
            if let Some(file) = find(address..address + length)
                && is_source_file(&section[file.clone()])
            {
                new[place].fill(0);
                new[file].fill(0);
            }
        }
    }
    Ok(new)
}

fn is_source_file(name: &[u8]) -> bool {
    name.ends_with(b".rs") && name.contains(&b'/') && name.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::super::functions::tests::module;
    use super::super::wasm::write_number;
    use super::*;

    #[test]
    fn who_panics_only_traps() {
        let panic = "_RNvNtCs1_4core9panicking5panic";
        let names = ["main", panic];
        let new = without_words(&module(&names, &[])).expect("a module");
        assert_eq!(new, module(&names, &[panic]));
    }

    #[test]
    fn it_is_an_error_if_nobody_is_known_to_panic() {
        assert!(without_words(&module(&["main", "other"], &[])).is_err());
    }

    #[test]
    fn places_and_names_of_files_are_gone_and_nothing_else() {
        let text = b"a word src/main.rs";
        let mut bytes = text.to_vec();
        bytes.resize(20, 0);
        let place = |address: u32, length: u32| {
            [address, length, 12, 5]
                .into_iter()
                .flat_map(u32::to_le_bytes)
        };
        bytes.extend(place(1024 + 7, 11));
        bytes.extend(place(1024, 6));
        // At address 1024.
        let mut section = vec![1, 0, 0x41, 0x80, 0x08, 0x0b];
        write_number(&mut section, bytes.len());
        section.extend(&bytes);

        let new = data(&section).expect("data");
        let (head, new) = new.split_at(section.len() - bytes.len());
        assert_eq!(head, &section[..head.len()]);
        bytes[7..18].fill(0);
        bytes[20..36].fill(0);
        assert_eq!(new, bytes);
    }
}
