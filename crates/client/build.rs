//! Tells the code whether its lazy parts become files of their own.
//!
//! Only a linker that was asked to keep relocations leaves something to split: `cargo leptos`
//! asks for that with `--split`. Without it the browser would look for files that nobody wrote.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(split)");
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if flags.contains("--emit-relocs") {
        println!("cargo::rustc-cfg=split");
    }
}
