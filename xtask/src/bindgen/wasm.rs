//! Sections of a WebAssembly module: as much of the format as it takes to rename what comes in and
//! goes out, and to find functions and data.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};

use super::names::Names;

/// The magic number and the version.
const HEADER_BYTES: usize = 8;

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;

/// A kind of import.
const FUNCTION: u8 = 0;

const I32_CONST: u8 = 0x41;
const END: u8 = 0x0b;

/// The module with other names.
pub(super) fn renamed(module: &[u8], names: &mut Names) -> Result<Vec<u8>> {
    rewritten(module, |id, old| match id {
        IMPORTS => imports(old, names).context("read the imports").map(Some),
        EXPORTS => exports(old, names).context("read the exports").map(Some),
        _ => Ok(None),
    })
}

/// Calls `look` with each section's kind and content.
pub(super) fn sections<'a>(
    module: &'a [u8],
    mut look: impl FnMut(u8, &'a [u8]) -> Result<()>,
) -> Result<()> {
    let mut input = Input::new(module);
    let header = input.take(HEADER_BYTES)?;
    ensure!(header.starts_with(b"\0asm"), "this is no WebAssembly");
    while !input.is_empty() {
        let id = input.byte()?;
        let size = input.number()?;
        look(id, input.take(size)?)?;
    }
    Ok(())
}

/// The module with what `rewrite` makes of each section, of which it keeps those it makes nothing
/// of.
pub(super) fn rewritten(
    module: &[u8],
    mut rewrite: impl FnMut(u8, &[u8]) -> Result<Option<Vec<u8>>>,
) -> Result<Vec<u8>> {
    let mut rewritten = Input::new(module).take(HEADER_BYTES)?.to_vec();
    sections(module, |id, old| {
        let new = rewrite(id, old)?;
        let section = new.as_deref().unwrap_or(old);
        rewritten.push(id);
        write_number(&mut rewritten, section.len());
        rewritten.extend(section);
        Ok(())
    })?;
    Ok(rewritten)
}

/// How many functions this section of imports brings.
pub(super) fn imported_functions(section: &[u8]) -> Result<usize> {
    let mut input = Input::new(section);
    let mut functions = 0;
    for _ in 0..input.number()? {
        input.text()?;
        input.text()?;
        let is_function = input.description()?.first() == Some(&FUNCTION);
        functions += usize::from(is_function);
    }
    Ok(functions)
}

/// Of each segment of this section of data, its address in memory and its place in the section.
pub(super) fn data_segments(section: &[u8]) -> Result<Vec<(usize, Range<usize>)>> {
    let mut input = Input::new(section);
    let mut segments = Vec::new();
    for _ in 0..input.number()? {
        // In the only memory, from a constant address on.
        ensure!(
            input.take(2)? == [0, I32_CONST],
            "data is where it was not expected"
        );
        // An address is never negative, so it reads as if it had no sign.
        let address = input.number()?;
        ensure!(input.byte()? == END, "an address is more than a constant");
        let size = input.number()?;
        let start = section.len() - input.rest.len();
        input.take(size)?;
        segments.push((address, start..start + size));
    }
    Ok(segments)
}

fn imports(section: &[u8], names: &mut Names) -> Result<Vec<u8>> {
    let mut input = Input::new(section);
    let mut renamed = Vec::new();
    let count = input.number()?;
    write_number(&mut renamed, count);
    for _ in 0..count {
        let module = input.text()?;
        let name = input.text()?;
        write_text(&mut renamed, module);
        write_text(&mut renamed, &names.import(module, name));
        renamed.extend(input.description()?);
    }
    Ok(renamed)
}

fn exports(section: &[u8], names: &mut Names) -> Result<Vec<u8>> {
    let mut input = Input::new(section);
    let mut renamed = Vec::new();
    let mut kept = 0;
    for _ in 0..input.number()? {
        let name = input.text()?;
        let kind = input.byte()?;
        let index = input.number()?;
        if let Some(name) = names.export(name) {
            kept += 1;
            write_text(&mut renamed, &name);
            renamed.push(kind);
            write_number(&mut renamed, index);
        }
    }
    let mut section = Vec::new();
    write_number(&mut section, kept);
    section.extend(renamed);
    Ok(section)
}

pub(super) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).context("it is cut off")?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128.
    pub(super) fn number(&mut self) -> Result<usize> {
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(usize::try_from(number)?);
            }
        }
        bail!("a number is too long")
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let bytes = self.number()?;
        Ok(str::from_utf8(self.take(bytes)?)?)
    }

    /// What an import is, as it stands there.
    fn description(&mut self) -> Result<&'a [u8]> {
        let all = self.rest;
        match self.byte()? {
            // A function's type.
            FUNCTION => drop(self.number()?),
            // A table's elements, and how many.
            1 => {
                self.byte()?;
                self.limits()?;
            }
            // A memory's pages.
            2 => self.limits()?,
            // A global's type, and whether it changes.
            3 => drop(self.take(2)?),
            kind => bail!("an import is of the unknown kind {kind}"),
        }
        Ok(&all[..all.len() - self.rest.len()])
    }

    fn limits(&mut self) -> Result<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

pub(super) fn write_number(to: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}

pub(super) fn write_text(to: &mut Vec<u8>, text: &str) {
    write_number(to, text.len());
    to.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::names::Names;
    use super::{Input, renamed, write_number, write_text};

    fn module(import: &str, exports: &[&str]) -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let mut section = vec![2];
        for (from, name, description) in [
            ("./w_bg.js", import, &[0, 5][..]),
            ("./loader.js", "table", &[1, 0x70, 1, 3, 200, 1]),
        ] {
            write_text(&mut section, from);
            write_text(&mut section, name);
            section.extend(description);
        }
        let mut end = vec![exports.len() as u8];
        for name in exports {
            write_text(&mut end, name);
            end.extend([0, 7]);
        }
        for (id, section) in [(2, section), (7, end), (10, vec![1, 2, 3])] {
            module.push(id);
            write_number(&mut module, section.len());
            module.extend(section);
        }
        module
    }

    #[test]
    fn only_names_change() {
        let long = "__wbg_".to_owned() + &"x".repeat(200);
        let old = module(&long, &["memory", "_ZN1a", "intounderlyingsink_write"]);
        let mut names = Names::new("").expect("nothing in the way");
        let new = renamed(&old, &mut names).expect("a module");
        assert_eq!(new, module("$0", &["memory", "$1"]));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let mut names = Names::new("").expect("nothing in the way");
        assert!(renamed(b"<html>..", &mut names).is_err());
        let whole = module("a", &["b"]);
        assert!(renamed(&whole[..whole.len() - 1], &mut names).is_err());
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for number in [0, 127, 128, 300_000] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, number);
            let mut input = Input::new(&bytes);
            assert_eq!(input.number().expect("a number"), number);
        }
    }
}
