//! With fake programs: shell scripts on the test's own PATH.

use super::{Source, Tool, path_with};
use crate::process::{command, run};
use crate::setup::Need;
use crate::setup::cache::Cache;
use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

/// A cache and folders for PATH, which are removed on drop.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn new(test: &str) -> Self {
        let name = format!("watchroom-tool-{}-{test}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("bin")).expect("a folder for programs");
        Self { folder }
    }

    /// A shell script on PATH.
    fn program(&self, name: &str, script: &str) -> PathBuf {
        let program = self.folder.join("bin").join(name);
        write_program(&program, script);
        program
    }

    /// A tool of version 1.2.3.
    fn tool(&self, path: Option<&Path>) -> Tool {
        let own = self.folder.join("bin");
        let folders = path.into_iter().map(Path::to_owned);
        let system = ["/usr/bin", "/bin"].map(PathBuf::from);
        let path = std::env::join_paths(folders.chain([own]).chain(system)).expect("a PATH");
        Tool {
            cache: Cache::at(&self.folder.join("cache")),
            package: "example-cli",
            version: "1.2.3".to_owned(),
            program: "example",
            source: Source::CratesIo(&["--bin", "example"]),
            usual_time: "no time",
            path,
            on_path: OnceCell::new(),
        }
    }

    /// The recorded calls of Cargo.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// A `cargo` that records its calls; `binstall` runs this script, and `install` succeeds.
    fn cargo(&self, binstall: &str) {
        let calls = self.folder.join("calls");
        self.program(
            "cargo",
            &format!(
                "echo \"$1 $CARGO_PROFILE_RELEASE_OPT_LEVEL\" >> {calls}\n\
                 while [ $# -gt 0 ]; do [ \"$1\" = --root ] && root=$2; \
                 [ \"$1\" = binstall ] && binstall=1; shift; done\n\
                 mkdir -p \"$root/bin\"\n\
                 [ -n \"$binstall\" ] && {{ {binstall}; }}\n\
                 echo built > \"$root/bin/example\"\n",
                calls = calls.display()
            ),
        );
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Written by another process: a child forked by another test's thread would inherit our open file, and
/// a file that is open for writing cannot be executed.
fn write_program(program: &Path, script: &str) {
    let folder = program.parent().expect("a folder");
    fs::create_dir_all(folder).expect("a folder");
    run(command("sh", folder)
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s' \"$2\" > \"$1\" && chmod 755 \"$1\"",
            "sh",
        ])
        .arg(program)
        .arg(script))
    .expect("a script");
}

#[test]
fn the_right_version_on_path_is_used_as_it_is() {
    let machine = Machine::new("right");
    let program = machine.program("example", "echo example 1.2.3");
    let tool = machine.tool(None);
    assert_eq!(tool.path(), program);
    let found = tool.find().expect("it is on PATH");
    assert_eq!(found.place, program.display().to_string());

    // It is not put before anything of the user's.
    let path = path_with(&[tool]).expect("a PATH");
    assert_eq!(path, std::env::var_os("PATH").unwrap_or_default());
}

#[test]
fn another_version_on_path_is_not_used() {
    let machine = Machine::new("other");
    machine.program("example", "echo example 1.2.30");
    let tool = machine.tool(None);
    assert!(tool.find().is_none());
    assert!(tool.path().starts_with(machine.folder.join("cache")));
}

#[test]
fn another_version_before_the_right_one_hides_it() {
    let machine = Machine::new("hidden");
    machine.program("example", "echo example 1.2.3");
    let earlier = machine.folder.join("earlier");
    write_program(&earlier.join("example"), "echo example 1.0.0");
    assert!(machine.tool(Some(&earlier)).find().is_none());
}

#[test]
fn without_binstall_it_is_built_without_optimization() {
    let machine = Machine::new("built");
    machine.cargo("exit 1");
    let tool = machine.tool(None);
    tool.install().expect("it is built");
    assert_eq!(machine.calls(), ["install 0"]);
    assert!(tool.find().is_some());
    let path = path_with(&[tool]).expect("a PATH");
    let first = std::env::split_paths(&path).next().expect("a folder");
    assert!(first.ends_with("example-cli-1.2.3/bin"), "{first:?}");
}

#[test]
fn with_binstall_nothing_is_built() {
    let machine = Machine::new("downloaded");
    machine.program("cargo-binstall", "exit 1");
    machine.cargo("echo downloaded > \"$root/bin/example\"; exit 0");
    let tool = machine.tool(None);
    tool.install().expect("it is downloaded");
    assert_eq!(machine.calls(), ["binstall "]);
    let program = fs::read_to_string(tool.path()).expect("it is there");
    assert_eq!(program, "downloaded\n");
}

#[test]
fn where_binstall_fails_it_is_built() {
    for (number, binstall) in ["exit 1", "exit 0"].into_iter().enumerate() {
        let machine = Machine::new(&format!("fallback-{number}"));
        machine.program("cargo-binstall", "exit 1");
        machine.cargo(binstall);
        let tool = machine.tool(None);
        tool.install().expect("it is built");
        assert_eq!(machine.calls(), ["binstall ", "install 0"], "{binstall}");
        let program = fs::read_to_string(tool.path()).expect("it is there");
        assert_eq!(program, "built\n");
    }
}
