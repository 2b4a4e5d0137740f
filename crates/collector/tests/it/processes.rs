use crate::support::Samples;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command};

/// A process that is busy until it is dropped.
struct Busy(Child);

impl Busy {
    /// The kernel names a process after the file that it runs.
    fn named(name: &[u8]) -> (Self, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(OsStr::from_bytes(name));
        fs::copy("/bin/sh", &file).unwrap();
        let mut command = Command::new(file);
        let child = command.args(["-c", "while :; do :; done"]).spawn().unwrap();
        (Self(child), directory)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_process_with_any_name_has_a_user() {
    let mut samples = Samples::new();
    for (name, shown) in [
        (&b"caf\xe9 latin"[..], "caf\u{fffd} latin"),
        // The kernel truncates it to fifteen bytes, within a character.
        ("naïve-unicodeé-x".as_bytes(), "naïve-unicode\u{fffd}"),
        ("exe\u{202e}fdp".as_bytes(), "exe\u{fffd}fdp"),
    ] {
        let (busy, _directory) = Busy::named(name);
        let process = samples.process(|process| process.pid == busy.0.id());
        assert_eq!(process.name, shown);
        assert_eq!(process.user, Some(user()));
    }
}
