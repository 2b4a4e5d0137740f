//! Puts functions that are alike beside each other: brotli writes down shorter what it has seen just
//! before.
//!
//! Functions call each other by their places, so wasm-opt has to move them. It can do so by their
//! names (`--reorder-functions-by-name`, in `Cargo.toml`), and nobody needs those any more.

use anyhow::{Context, Result, ensure};

use super::wasm::{self, Input, write_number, write_text};

const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;

/// Within the custom section of names, those of functions.
const FUNCTION_NAMES: u8 = 1;

/// Small functions come first: of the large ones none is like another, and they would stand between.
const SMALL_BYTES_MAX: usize = 400;

/// The module with functions that are called by where they belong: beside those of the same type,
/// and there in the order of what they do.
pub(super) fn named_by_place(module: &[u8]) -> Result<Vec<u8>> {
    let mut first = 0;
    let mut types = Vec::new();
    let mut bodies = Vec::new();
    wasm::sections(module, |id, section| {
        let mut input = Input::new(section);
        match id {
            IMPORTS => first = wasm::imported_functions(section)?,
            FUNCTIONS => {
                for _ in 0..input.number()? {
                    types.push(input.number()?);
                }
            }
            CODE => {
                for _ in 0..input.number()? {
                    let bytes = input.number()?;
                    bodies.push(input.take(bytes)?);
                }
            }
            _ => (),
        }
        Ok(())
    })
    .context("read the functions")?;
    ensure!(types.len() == bodies.len(), "some functions have no code");

    let mut order: Vec<_> = (0..bodies.len()).collect();
    order.sort_by_key(|function| {
        let body = bodies[*function];
        (body.len() > SMALL_BYTES_MAX, types[*function], body)
    });
    let mut places = vec![0; order.len()];
    for (place, function) in order.into_iter().enumerate() {
        places[function] = place;
    }
    let mut names = Vec::new();
    write_number(&mut names, places.len());
    for (function, place) in places.into_iter().enumerate() {
        write_number(&mut names, first + function);
        // As many digits for each, for they are put in order as text.
        write_text(&mut names, &format!("{place:06}"));
    }
    let mut section = Vec::new();
    write_text(&mut section, "name");
    section.push(FUNCTION_NAMES);
    write_number(&mut section, names.len());
    section.extend(names);

    wasm::rewritten(module, |id, old| {
        let is_names = id == CUSTOM && Input::new(old).text()? == "name";
        Ok(is_names.then(|| section.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(functions: &[(u8, &[u8])], names: &[&str]) -> Vec<u8> {
        let count = functions.len() as u8;
        let mut types = vec![count];
        let mut code = vec![count];
        for (of, body) in functions {
            types.push(*of);
            code.push(body.len() as u8);
            code.extend(*body);
        }
        let mut list = vec![names.len() as u8];
        for (number, name) in names.iter().enumerate() {
            list.push(number as u8);
            write_text(&mut list, name);
        }
        let mut custom = Vec::new();
        write_text(&mut custom, "name");
        custom.extend([FUNCTION_NAMES, list.len() as u8]);
        custom.extend(list);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (id, section) in [(FUNCTIONS, types), (CODE, code), (CUSTOM, custom)] {
            module.push(id);
            write_number(&mut module, section.len());
            module.extend(section);
        }
        module
    }

    #[test]
    fn like_comes_to_like() {
        let functions: [(u8, &[u8]); 3] = [(2, &[0, 0, 11]), (1, &[0, 9, 11]), (1, &[0, 1, 11])];
        let old = module(&functions, &["main", "write", "read"]);
        let new = named_by_place(&old).expect("a module");
        assert_eq!(new, module(&functions, &["000002", "000001", "000000"]));
    }
}
