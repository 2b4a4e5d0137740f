//! Functions of a WebAssembly module by their names, and how their code is taken away.

use std::collections::HashMap;

use anyhow::{Context, Result};

use super::wasm::{self, Input, write_number};

const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const CODE: u8 = 10;

/// Within the custom section of names, those of functions.
const FUNCTION_NAMES: u8 = 1;

/// No locals; `unreachable`; the end.
const TRAP: [u8; 3] = [0, 0, 0x0b];

/// The functions of a module; those that are imported come first.
pub(super) struct Functions<'a> {
    module: &'a [u8],
    imported: usize,
    names: HashMap<usize, &'a str>,
}

impl<'a> Functions<'a> {
    pub(super) fn of(module: &'a [u8]) -> Result<Self> {
        let mut functions = Self {
            module,
            imported: 0,
            names: HashMap::new(),
        };
        wasm::sections(module, |id, section| {
            match id {
                CUSTOM => functions.read_names(section).context("read the names")?,
                IMPORTS => functions.imported = wasm::imported_functions(section)?,
                _ => (),
            }
            Ok(())
        })?;
        Ok(functions)
    }

    fn read_names(&mut self, section: &'a [u8]) -> Result<()> {
        let mut input = Input::new(section);
        if input.text()? != "name" {
            return Ok(());
        }
        while !input.is_empty() {
            let id = input.byte()?;
            let bytes = input.number()?;
            let mut part = Input::new(input.take(bytes)?);
            if id == FUNCTION_NAMES {
                for _ in 0..part.number()? {
                    self.names.insert(part.number()?, part.text()?);
                }
            }
        }
        Ok(())
    }

    /// As the linker knows them, in any order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.values().copied()
    }

    /// The module with nothing but a trap in each function that `is_gone` says yes to, by its name;
    /// and how many those are. wasm-opt drops what only they called.
    pub(super) fn without(
        &self,
        is_gone: impl Fn(&str, Code<'_>) -> bool,
    ) -> Result<(Vec<u8>, u32)> {
        let mut gone = 0;
        let module = wasm::rewritten(self.module, |id, section| {
            if id != CODE {
                return Ok(None);
            }
            let mut input = Input::new(section);
            let count = input.number()?;
            let mut new = Vec::with_capacity(section.len());
            write_number(&mut new, count);
            for function in self.imported..self.imported + count {
                let bytes = input.number()?;
                let mut code = input.take(bytes)?;
                let name = self.names.get(&function);
                if name.is_some_and(|name| is_gone(name, Code(code))) {
                    gone += 1;
                    code = &TRAP;
                }
                write_number(&mut new, code.len());
                new.extend(code);
            }
            Ok(Some(new))
        })
        .context("read the code")?;
        Ok((module, gone))
    }
}

/// What a function does.
#[derive(Clone, Copy)]
pub(super) struct Code<'a>(&'a [u8]);

impl Code<'_> {
    /// Whether it ends with a trap, as what never returns does.
    pub(super) fn ends_with_trap(self) -> bool {
        self.0.ends_with(&TRAP[1..])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::wasm::write_text;
    use super::*;

    /// A function that calls another and traps.
    const BODY: [u8; 5] = [0, 0x10, 7, 0, 0x0b];

    /// A module of functions that are called so, with a trap alone in some.
    pub(in super::super) fn module(names: &[&str], trapping: &[&str]) -> Vec<u8> {
        let count = names.len();
        let mut list = Vec::new();
        let mut code = Vec::new();
        write_number(&mut list, count);
        write_number(&mut code, count);
        for (number, name) in names.iter().enumerate() {
            write_number(&mut list, number);
            write_text(&mut list, name);
            let body = match trapping.contains(name) {
                true => &TRAP[..],
                false => &BODY,
            };
            write_number(&mut code, body.len());
            code.extend(body);
        }
        let mut custom = Vec::new();
        write_text(&mut custom, "name");
        custom.push(FUNCTION_NAMES);
        write_number(&mut custom, list.len());
        custom.extend(list);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (id, section) in [(CODE, code), (CUSTOM, custom)] {
            module.push(id);
            write_number(&mut module, section.len());
            module.extend(section);
        }
        module
    }

    #[test]
    fn what_is_gone_traps() {
        let old = module(&["main", "other"], &[]);
        let functions = Functions::of(&old).expect("a module");
        let (new, gone) = functions
            .without(|name, code| name == "other" && code.ends_with_trap())
            .expect("a module");
        assert_eq!(new, module(&["main", "other"], &["other"]));
        assert_eq!(gone, 1);
    }
}
