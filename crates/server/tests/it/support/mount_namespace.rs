//! A mount namespace for one test.

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::thread::UnshareFlags;
use std::ffi::CString;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

type Work = Box<dyn FnOnce() + Send>;

/// A thread in a separate mount namespace, and the programs that it starts. The mounts end with the last of them.
pub(crate) struct MountNamespace {
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl MountNamespace {
    /// `None`, with a message, without root permissions, which CI has.
    pub(crate) fn new() -> Option<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let has_fuse = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/fuse");
        if !is_root || has_fuse.is_err() {
            let reason = "This test mounts filesystems, which needs root and /dev/fuse";
            assert!(std::env::var_os("CI").is_none(), "{reason}.");
            eprintln!("{reason}: it has not run.");
            return None;
        }
        let (work, works) = mpsc::channel::<Work>();
        let thread = std::thread::spawn(move || {
            unshare_mounts();
            for work in works {
                work();
            }
        });
        Some(Self {
            work: Some(work),
            thread: Some(thread),
        })
    }

    /// Runs this in the namespace.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, doing) = mpsc::channel();
        let work = Box::new(move || drop(done.send(work())));
        self.work.as_ref().unwrap().send(work).unwrap();
        doing.recv().unwrap()
    }

    pub(crate) fn mount(&self, kind: &'static str, source: &'static str, at: &Path, options: &str) {
        let (at, options) = (at.to_owned(), CString::new(options).unwrap());
        self.run(move || {
            let flags = MountFlags::empty();
            rustix::mount::mount(source, at, kind, flags, options.as_c_str()).unwrap();
        });
    }

    pub(crate) fn bind(&self, source: &Path, at: &Path) {
        let (source, at) = (source.to_owned(), at.to_owned());
        self.run(move || rustix::mount::mount_bind(source, at).unwrap());
    }

    /// Aborts the mount, and so all pending requests to it.
    pub(crate) fn abandon(&self, at: &Path) {
        let at = at.to_owned();
        let flags = UnmountFlags::FORCE | UnmountFlags::DETACH;
        // A test that failed early may not have mounted it.
        let _ = self.run(move || rustix::mount::unmount(at, flags));
    }
}

impl Drop for MountNamespace {
    fn drop(&mut self) {
        drop(self.work.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_some_and(|ended| ended.is_ok()) || std::thread::panicking());
    }
}

#[expect(unsafe_code, reason = "a namespace is of one thread, and this is it")]
fn unshare_mounts() {
    // SAFETY: file descriptors stay shared.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.unwrap();
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", private).unwrap();
}
