use std::env;
use std::path::Path;
use std::process::Command;

/// Set where a test runs in its own namespaces.
const ISOLATED: &str = "COLLECTOR_TEST_ISOLATED";

/// Runs the test of this name in its own network, mount and host-name namespaces, which requires root or
/// unprivileged user namespaces. `/sys` shows them.
///
/// Without either the test prints a message and passes, but fails where `CI=true`.
pub(crate) fn isolated(test: &str, body: impl FnOnce()) {
    if env::var_os(ISOLATED).is_some() {
        run("mount", ["-t", "sysfs", "none", "/sys"]);
        run("ip", ["link", "set", "lo", "up"]);
        return body();
    }
    let Some(mut unshare) = unshare() else {
        let message = format!("{test} needs root, or user namespaces that anyone may create");
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{message}");
        eprintln!("not run: {message}");
        return;
    };
    unshare.arg(env::current_exe().unwrap()).env(ISOLATED, "1");
    unshare.args(["--exact", test, "--nocapture"]);
    let output = unshare.output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The command that isolates what follows it, if there is one for this user.
fn unshare() -> Option<Command> {
    let namespaces = ["--net", "--mount", "--uts", "--propagation", "private"];
    let as_root: [&[&str]; 2] = [&[], &["--map-root-user"]];
    as_root.into_iter().find_map(|user| {
        let command = || {
            let mut command = Command::new("unshare");
            command.args(namespaces).args(user);
            command
        };
        let output = command().arg("true").output().ok()?;
        output.status.success().then(command)
    })
}

/// Runs a command that must succeed.
#[track_caller]
pub(crate) fn run<A: AsRef<std::ffi::OsStr>>(program: &str, args: impl IntoIterator<Item = A>) {
    let output = Command::new(program).args(args).output().expect(program);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {message}");
}

/// Mounts `file` over `target`.
pub(crate) fn bind(file: &Path, target: &str) {
    run(
        "mount",
        ["--bind".as_ref(), file.as_os_str(), target.as_ref()],
    );
}
