//! A filesystem whose responses a test controls: FUSE, fuse(4) and `linux/fuse.h`.

use super::mount_namespace::MountNamespace;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

/// The kernel refuses smaller buffers.
const QUESTION_BYTES_MAX: usize = 256 << 10;

const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const STATFS: u32 = 17;
const INIT: u32 = 26;
const INTERRUPT: u32 = 36;
const BATCH_FORGET: u32 = 42;

const ENOSYS: i32 = 38;
const BLOCK_BYTES: u64 = 4_096;

/// A share that is mounted at a directory, or a single file of one at a file. While it is silent, it leaves requests
/// without a response: a thread that sends one then cannot be ended, neither by a signal nor by the end of its
/// process.
pub(crate) struct Fuse<'a> {
    namespace: &'a MountNamespace,
    at: PathBuf,
    silent: Arc<Silent>,
}

#[derive(Default)]
struct Silent {
    is_silent: Mutex<bool>,
    changed: Condvar,
}

impl<'a> Fuse<'a> {
    /// Of `kind` (`fuse.sshfs`), `total_bytes` large and half full.
    pub(crate) fn mount(
        namespace: &'a MountNamespace,
        kind: &'static str,
        at: &Path,
        total_bytes: u64,
    ) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/fuse")
            .unwrap();
        let path = at.to_owned();
        let is_directory = namespace.run(move || path.is_dir());
        let mode = if is_directory { 0o40_755 } else { 0o100_644 };
        let options = format!(
            "fd={},rootmode={mode:o},user_id=0,group_id=0,allow_other",
            file.as_raw_fd()
        );
        namespace.mount(kind, "user@nas:/share", at, &options);
        let silent = Arc::<Silent>::default();
        let until = silent.clone();
        std::thread::spawn(move || answer(file, mode, total_bytes, &until));
        Self {
            namespace,
            at: at.to_owned(),
            silent,
        }
    }

    pub(crate) fn set_silent(&self, is_silent: bool) {
        *self.silent.is_silent.lock().unwrap() = is_silent;
        self.silent.changed.notify_all();
    }
}

impl Drop for Fuse<'_> {
    fn drop(&mut self) {
        self.namespace.abandon(&self.at);
        self.set_silent(false);
    }
}

/// Until it is unmounted.
fn answer(mut file: File, mode: u32, total_bytes: u64, silent: &Silent) {
    let mut question = vec![0; QUESTION_BYTES_MAX];
    while let Ok(length) = file.read(&mut question) {
        let question = &question[..length];
        let code = u32::from_ne_bytes(question[4..8].try_into().unwrap());
        let unique = &question[8..16];
        let answer = match code {
            FORGET | BATCH_FORGET | INTERRUPT => continue,
            INIT => Ok(init()),
            GETATTR => Ok(attributes(mode)),
            STATFS => Ok(sizes(total_bytes)),
            _ => Err(ENOSYS),
        };
        if code != INIT {
            let is_silent = silent.is_silent.lock().unwrap();
            let _awake = silent.changed.wait_while(is_silent, |is_silent| *is_silent);
        }
        let (error, body) = match answer {
            Ok(body) => (0, body),
            Err(error) => (-error, Vec::new()),
        };
        let length = u32::try_from(16 + body.len()).unwrap().to_ne_bytes();
        let message = [&length[..], &error.to_ne_bytes(), unique, &body].concat();
        // The request may have been aborted.
        let _ = file.write_all(&message);
    }
}

/// `struct fuse_init_out` of protocol 7.31, with no capability.
fn init() -> Vec<u8> {
    let (major, minor, read_ahead, flags) = (7_u32, 31_u32, 65_536_u32, 0_u32);
    let (background, congestion, write, granularity) = (12_u16, 9_u16, 4_096_u32, 1_u32);
    let mut out = Vec::new();
    for field in [major, minor, read_ahead, flags] {
        out.extend(field.to_ne_bytes());
    }
    for field in [background, congestion] {
        out.extend(field.to_ne_bytes());
    }
    for field in [write, granularity] {
        out.extend(field.to_ne_bytes());
    }
    out.resize(64, 0);
    out
}

/// `struct fuse_attr_out` of the root, not to be cached.
fn attributes(mode: u32) -> Vec<u8> {
    let mut out = vec![0; 104];
    out[16..24].copy_from_slice(&1_u64.to_ne_bytes());
    out[76..80].copy_from_slice(&mode.to_ne_bytes());
    out[80..84].copy_from_slice(&1_u32.to_ne_bytes());
    out
}

/// `struct fuse_statfs_out`.
fn sizes(total_bytes: u64) -> Vec<u8> {
    let blocks = total_bytes / BLOCK_BYTES;
    let mut out = Vec::new();
    for field in [blocks, blocks / 2, blocks / 2, 0, 0] {
        out.extend(field.to_ne_bytes());
    }
    let block_bytes = BLOCK_BYTES as u32;
    for field in [block_bytes, 255, block_bytes] {
        out.extend(field.to_ne_bytes());
    }
    out.resize(80, 0);
    out
}
