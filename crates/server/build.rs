//! Puts the built site into the release binary, compressed as far as it goes, so that the server is
//! one file. A debug build reads the site from its folder.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let site = env::var_os("LEPTOS_SITE_ROOT").map_or_else(default_site, PathBuf::from);
    // Asked for at run time: two clones that share a target directory share this program, too.
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let site = package.join("../..").join(site);
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rerun-if-env-changed=LEPTOS_SITE_ROOT");

    let mut files = Vec::new();
    if env::var("PROFILE").as_deref() == Ok("release") && site.is_dir() {
        collect(&site, &mut files)?;
        files.sort();
    }
    let mut source = String::from("static EMBEDDED: &[Embedded] = &[\n");
    for (number, file) in files.iter().enumerate() {
        let bytes = fs::read(file)?;
        let gzip = out.join(format!("{number}.gz"));
        fs::write(&gzip, compress_gzip(&bytes)?)?;
        let brotli = out.join(format!("{number}.br"));
        fs::write(&brotli, compress_brotli(&bytes)?)?;
        let path = file
            .strip_prefix(&site)
            .map_err(io::Error::other)?
            .to_string_lossy();
        let path = path.replace('\\', "/");
        writeln!(
            source,
            "    Embedded {{ path: {path:?}, bytes: include_bytes!({file:?}), \
             gzip: include_bytes!({gzip:?}), brotli: include_bytes!({brotli:?}) }},"
        )
        .map_err(io::Error::other)?;
    }
    source.push_str("];\n");
    fs::write(out.join("embedded.rs"), source)
}

/// What cargo-leptos is told in the workspace's manifest.
fn default_site() -> PathBuf {
    "target/site".into()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn compress_gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn compress_brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    const BUFFER_BYTES: usize = 4096;
    const QUALITY: u32 = 11;
    const WINDOW_BITS: u32 = 22;
    let mut compressed = Vec::new();
    let mut writer =
        brotli::CompressorWriter::new(&mut compressed, BUFFER_BYTES, QUALITY, WINDOW_BITS);
    io::copy(&mut bytes, &mut writer)?;
    drop(writer);
    Ok(compressed)
}
