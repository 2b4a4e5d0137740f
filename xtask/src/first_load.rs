//! The size of a browser's first load, and its limit.
//!
//! It consists of all scripts, modules and style sheets except lazily loaded chunks (see
//! `client/src/kit/later.rs`), whose sizes are printed separately.

use crate::files::files_under;
use crate::process::{command, read};
use crate::table::table;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// WASM, JS and CSS together, in brotli. Beyond it the build fails, since a first visit must be fast on
/// a slow connection.
const BROTLI_BYTES_MAX: u64 = 200 * 1024;

/// Node has brotli built in, and the build needs Node anyway.
const BROTLI: &str = "
const { readFileSync } = require('node:fs');
const { brotliCompressSync, constants } = require('node:zlib');
for (const path of process.argv.slice(1)) {
  const raw = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
  };
  console.log(brotliCompressSync(raw, { params }).length);
}";

/// Prefixes of wasm-split's lazily loaded files. Its loader, `__wasm_split`, belongs to the first load.
const LAZY_PREFIXES: [&str; 2] = ["split_", "chunk_"];

/// One file of the site's package.
struct Asset {
    name: String,
    raw_bytes: u64,
    brotli_bytes: u64,
}

impl Asset {
    /// Whether it is loaded lazily.
    fn is_lazy(&self) -> bool {
        LAZY_PREFIXES
            .iter()
            .any(|prefix| self.name.starts_with(prefix))
    }
}

/// Prints the sizes; fails beyond the limit or if the CSS is not minified.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let package = workspace.site().join("pkg");
    let (lazy, first): (Vec<_>, Vec<_>) = measure(&package)?.into_iter().partition(Asset::is_lazy);
    println!("first load:\n{}", report(&first, &lazy));
    for path in loaded_files(&package)? {
        if path.extension().is_some_and(|extension| extension == "css") {
            let css =
                fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))?;
            if let Some(problem) = css_problem(&css) {
                bail!("`{}` {problem}", path.display());
            }
        }
    }
    let total = brotli_total(&first);
    ensure!(
        total <= BROTLI_BYTES_MAX,
        "the first load is {} in brotli, more than the {} allowed",
        kib(total),
        kib(BROTLI_BYTES_MAX)
    );
    Ok(())
}

/// All files that a browser may load, at first or lazily.
fn loaded_files(package: &Path) -> Result<Vec<PathBuf>> {
    let mut files = files_under(package)?;
    files.retain(|file| {
        file.extension().is_some_and(|extension| {
            ["wasm", "js", "css"]
                .iter()
                .any(|wanted| extension == *wanted)
        })
    });
    Ok(files)
}

fn measure(package: &Path) -> Result<Vec<Asset>> {
    let files = loaded_files(package)?;
    for extension in ["wasm", "js", "css"] {
        let there = files
            .iter()
            .any(|file| file.extension().is_some_and(|own| own == extension));
        ensure!(
            there,
            "the build left no .{extension} in `{}`",
            package.display()
        );
    }
    let output = read(
        command("node", package)
            .args(["--eval", BROTLI, "--"])
            .args(&files),
    )?;
    files
        .iter()
        .zip(output.lines())
        .map(|(file, brotli)| {
            Ok(Asset {
                name: file.strip_prefix(package)?.display().to_string(),
                raw_bytes: fs::metadata(file)?.len(),
                brotli_bytes: brotli.parse()?,
            })
        })
        .collect::<Result<_>>()
        .context("measure the site")
}

fn brotli_total(assets: &[Asset]) -> u64 {
    assets.iter().map(|asset| asset.brotli_bytes).sum()
}

fn report(first: &[Asset], lazy: &[Asset]) -> String {
    let row = |name: &str, raw: u64, brotli: u64| {
        [
            format!("  {name}"),
            format!("{:>10} raw", kib(raw)),
            format!("{:>10} brotli", kib(brotli)),
        ]
    };
    let each = |asset: &Asset| row(&asset.name, asset.raw_bytes, asset.brotli_bytes);
    let mut rows: Vec<_> = first.iter().map(each).collect();
    let raw_total = first.iter().map(|asset| asset.raw_bytes).sum();
    rows.push(row("together", raw_total, brotli_total(first)));
    let mut text = format!(
        "{}\n  limit: {} brotli",
        table(&rows),
        kib(BROTLI_BYTES_MAX)
    );
    if !lazy.is_empty() {
        let rows: Vec<_> = lazy.iter().map(each).collect();
        text.push_str("\nloaded lazily:\n");
        text.push_str(&table(&rows));
    }
    text
}

fn kib(bytes: u64) -> String {
    let tenths = bytes * 10 / 1024;
    format!("{}.{} KiB", tenths / 10, tenths % 10)
}

/// cargo-leptos silently copies a file that it cannot parse; otherwise the result is one line with its
/// imports resolved.
fn css_problem(css: &str) -> Option<&'static str> {
    if css.contains("@import") {
        return Some("still contains `@import`: the style sheet was not bundled");
    }
    if css.trim().contains('\n') {
        return Some("is not minified: there is an error in the style sheet");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Asset, css_problem, kib, report};

    #[test]
    fn sizes_have_tenths_of_a_kib() {
        assert_eq!(kib(0), "0.0 KiB");
        assert_eq!(kib(1536), "1.5 KiB");
        assert_eq!(kib(180 * 1024), "180.0 KiB");
    }

    #[test]
    fn the_report_ends_with_the_sum_and_the_limit() {
        let asset = |name: &str, raw_bytes, brotli_bytes| Asset {
            name: name.to_owned(),
            raw_bytes,
            brotli_bytes,
        };
        let assets = [
            asset("a.wasm", 400 << 10, 100 << 10),
            asset("a.js", 40 << 10, 5 << 10),
        ];
        assert_eq!(
            report(&assets, &[]),
            "  a.wasm     400.0 KiB raw   100.0 KiB brotli
  a.js        40.0 KiB raw     5.0 KiB brotli
  together   440.0 KiB raw   105.0 KiB brotli
  limit: 200.0 KiB brotli"
        );
    }

    #[test]
    fn lazy_files_are_not_in_the_first_load() {
        let asset = |name: &str| Asset {
            name: name.to_owned(),
            raw_bytes: 1 << 10,
            brotli_bytes: 1 << 10,
        };
        for name in ["split_help.a1.wasm", "chunk_2.a1.wasm"] {
            assert!(asset(name).is_lazy(), "{name}");
        }
        for name in ["watchroom.a1.wasm", "__wasm_split.a1.js"] {
            assert!(!asset(name).is_lazy(), "{name}");
        }
        let report = report(&[asset("a.wasm")], &[asset("split_help.wasm")]);
        assert!(
            report
                .ends_with("loaded lazily:\n  split_help.wasm     1.0 KiB raw     1.0 KiB brotli"),
            "{report}"
        );
    }

    #[test]
    fn raw_css_is_distinguished_from_bundled_css() {
        assert_eq!(css_problem("a{color:red}b{color:blue}\n"), None);
        assert!(css_problem("@import \"tokens.css\";").is_some());
        assert!(css_problem("a {\n  color: red;\n}\n").is_some());
    }
}
