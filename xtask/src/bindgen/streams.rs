//! Takes away the streams of server functions, of which the page has none: Leptos brings them, and
//! wasm-bindgen keeps what is exported.

use anyhow::Result;

use super::functions::Functions;

/// So begin the names of what the script exports for them.
const CLASSES: &str = "IntoUnderlying";

/// What only streams are made with, as long as nobody else is: a promise of what a future does.
const PROMISE: &str = "17future_to_promise";

/// The same function, in the names of what is taken apart with it. Such a name tells of what crate
/// the future is.
const PROMISE_OF: &str = "drop_in_place$LT$js_sys..futures..future_to_promise$LT$";
const STREAMS: &str = "wasm_streams";

/// The module without their code, which tables still hold. All stays if something else makes promises.
pub(super) fn without(module: &[u8]) -> Result<Vec<u8>> {
    let functions = Functions::of(module)?;
    let others = functions
        .names()
        .any(|name| name.contains(PROMISE_OF) && !name.contains(STREAMS));
    let is_theirs = |name: &str| name.contains(STREAMS) || name.contains(PROMISE);
    let (without, _) = functions.without(|name, _| !others && is_theirs(name))?;
    Ok(without)
}

/// The script without their classes, and without what clears up behind those.
pub(super) fn script_without(script: &str) -> String {
    let mut without = String::with_capacity(script.len());
    // How the last line of what is being left out ends.
    let mut until = None;
    for line in script.split_inclusive('\n') {
        if until.is_none() {
            let begins = |with: &str| {
                line.strip_prefix(with)
                    .is_some_and(|rest| rest.starts_with(CLASSES))
            };
            if begins("export class ") {
                until = Some("}\n");
            } else if begins("const ") || begins("if (Symbol.dispose) ") {
                until = Some(";\n");
            }
        }
        match until {
            None => without.push_str(line),
            // What is indented is within.
            Some(end) if line.ends_with(end) && (end != "}\n" || line == end) => until = None,
            Some(_) => {}
        }
    }
    without
}

#[cfg(test)]
mod tests {
    use super::super::functions::tests::module;
    use super::*;

    #[test]
    fn their_code_is_gone() {
        let names = [
            "main",
            "_ZN6js_sys7futures17future_to_promise28_closure17h1E",
            "_ZN4core3ptr9drop_in_place$LT$js_sys..futures..future_to_promise$LT$wasm_streams..a$GT$",
        ];
        let new = without(&module(&names, &[])).expect("a module");
        assert_eq!(new, module(&names, &names[1..]));
    }

    #[test]
    fn promises_of_others_are_kept() {
        let names = [
            "_ZN6js_sys7futures17future_to_promise28_closure17h1E",
            "_ZN4core3ptr9drop_in_place$LT$js_sys..futures..future_to_promise$LT$client..a$GT$",
            "_ZN4core3ptr9drop_in_place$LT$js_sys..futures..future_to_promise$LT$wasm_streams..a$GT$",
        ];
        let old = module(&names, &[]);
        assert_eq!(without(&old).expect("a module"), old);
    }

    #[test]
    fn their_classes_are_gone_and_nothing_else() {
        let script = "\
export class IntoUnderlyingSink {
    free() {
        wasm.__wbg_intounderlyingsink_free(ptr, 0);
    }
}
if (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = free;

export function hydrate(snapshot) {
}
const IntoUnderlyingSinkFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_intounderlyingsink_free(ptr, 1));
const CLOSURES = 1;
";
        assert_eq!(
            script_without(script),
            "\nexport function hydrate(snapshot) {\n}\nconst CLOSURES = 1;\n"
        );
    }
}
