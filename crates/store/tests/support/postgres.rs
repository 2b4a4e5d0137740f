//! A private PostgreSQL server for tests, in a directory of its own, reached by a socket in it.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

const MISSING: &str = "the tests of the PostgreSQL store need PostgreSQL's own programs, `initdb` and \
     `postgres`, and find them neither under /usr/lib/postgresql nor on PATH; `cargo xtask setup \
     --for test` installs them, or says what to install";

/// Runs the server until standard input is closed, so that it ends with the tests even when those are killed.
/// Prints the server's process id first, and at last removes the directory `$0`, if there is one.
const KEEPER: &str = r#""$@" </dev/null >&2 & echo $!; cat >/dev/null; kill -INT $! 2>/dev/null; wait $!
    [ -z "$0" ] || rm -rf "$0""#;

/// PostgreSQL's own, where no test needs another.
const PORT: u16 = 5_432;

/// A server, stopped and removed when this is dropped.
pub(crate) struct Server {
    directory: TempDir,
    programs: PathBuf,
    user: Option<User>,
    running: Mutex<Option<Running>>,
    databases: AtomicU32,
    /// A part of the socket's name, and of addresses if it has any.
    port: u16,
}

struct Running {
    keeper: Child,
    pid: i32,
}

/// The user that runs the server when the tests run as root, which PostgreSQL refuses.
struct User {
    uid: u32,
    gid: u32,
}

/// A database of a server.
pub(crate) struct Database {
    pub(crate) server: Arc<Server>,
    name: String,
}

impl Database {
    /// Its address by TCP, for a server with TLS.
    pub(crate) fn tcp_url(&self) -> String {
        let (port, name) = (self.server.port, &self.name);
        format!("postgres://watchroom@127.0.0.1:{port}/{name}")
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

impl Server {
    /// The server that the tests of this process share. Statics are not dropped, so the keeper cleans up.
    pub(crate) async fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Server>> = OnceLock::new();
        let server = SHARED.get_or_init(|| {
            let server = Self::create(PORT);
            server.run(server.directory.path(), &["fsync=off"]);
            Arc::new(server)
        });
        server.wait_until_ready().await;
        Arc::clone(server)
    }

    /// A server for a single test, which may stop it. It syncs like one in production.
    pub(crate) async fn own() -> Arc<Self> {
        let server = Arc::new(Self::create(PORT));
        server.start().await;
        server
    }

    /// The same with TLS, at a port of 127.0.0.1. The certificate and the key are PEM.
    pub(crate) async fn own_with_tls(port: u16, certificate: &str, key: &str) -> Arc<Self> {
        let server = Arc::new(Self::create(port));
        for (name, content) in [("tls.crt", certificate), ("tls.key", key)] {
            let path = server.directory.path().join(name);
            std::fs::write(&path, content).expect("write a file");
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, private).expect("make it private");
            if let Some(User { uid, gid }) = server.user {
                chown(&path, Some(uid), Some(gid)).expect("give the file away");
            }
        }
        let setting = |name: &str, value: &Path| format!("{name}={}", value.display());
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            "ssl=on".to_owned(),
            setting("ssl_cert_file", &server.directory.path().join("tls.crt")),
            setting("ssl_key_file", &server.directory.path().join("tls.key")),
        ];
        server.run(Path::new(""), &settings.each_ref().map(String::as_str));
        server.wait_until_ready().await;
        server
    }

    fn create(port: u16) -> Self {
        let server = Self {
            directory: TempDir::new().expect("a directory"),
            programs: programs().expect(MISSING),
            user: User::needed(),
            running: Mutex::new(None),
            databases: AtomicU32::new(0),
            port,
        };
        if let Some(User { uid, gid }) = server.user {
            chown(server.directory.path(), Some(uid), Some(gid)).expect("give the directory away");
        }
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(server.directory.path(), all).expect("open the directory");
        let made = server
            .program("initdb")
            .args(["--username=watchroom", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(server.data())
            .output()
            .expect("run initdb");
        let output = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb failed: {output}");
        server
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = Command::new(program);
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command.current_dir(self.directory.path());
        command
    }

    pub(crate) async fn start(&self) {
        self.run(Path::new(""), &[]);
        self.wait_until_ready().await;
    }

    fn run(&self, removed_at_last: &Path, settings: &[&str]) {
        let mut postgres = Command::new("/bin/sh");
        if let Some(User { uid, gid }) = self.user {
            postgres.uid(uid).gid(gid);
        }
        postgres
            .args(["-c", KEEPER])
            .arg(removed_at_last)
            .arg(self.programs.join("postgres"))
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.directory.path())
            .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .current_dir(self.directory.path())
            // So that an interrupt at the terminal reaches only the tests.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut keeper = postgres.spawn().expect("start postgres");
        let output = keeper.stdout.take().expect("its output");
        let mut pid = String::new();
        BufReader::new(output)
            .read_line(&mut pid)
            .expect("its process id");
        let pid = pid.trim().parse().expect("a process id");
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = Some(Running { keeper, pid });
    }

    /// Ends it like a crash does, and waits for its end.
    pub(crate) fn kill(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let running = running.take().expect("it runs");
        // SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, recovery at the next start. SIGKILL
        // would leave child processes running.
        signal(running.pid, libc::SIGQUIT);
        running.end();
    }

    /// Suspends all its processes: it no longer responds.
    pub(crate) fn freeze(&self) -> Frozen {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = running.as_ref().expect("it runs").pid;
        let mut pids = children(pid);
        pids.push(pid);
        for &pid in &pids {
            signal(pid, libc::SIGSTOP);
        }
        Frozen(pids)
    }

    fn url(&self, database: &str) -> String {
        let socket = self.directory.path().display();
        let port = self.port;
        format!("postgres://watchroom@localhost:{port}/{database}?host={socket}")
    }

    /// Waits until it accepts connections.
    async fn wait_until_ready(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(connection) => break connection.close().await.expect("it closes"),
                Err(error) => assert!(Instant::now() < until, "it does not respond: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn new_database(self: Arc<Self>) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        self.execute("postgres", &format!("CREATE DATABASE {name}"))
            .await;
        Database { server: self, name }
    }

    pub(crate) async fn execute(&self, database: &str, sql: &str) {
        let mut connection = PgConnection::connect(&self.url(database))
            .await
            .expect("a connection");
        sqlx::query(sql)
            .execute(&mut connection)
            .await
            .expect("the statement succeeds");
        connection.close().await.expect("it closes");
    }
}

impl Database {
    pub(crate) async fn execute(&self, sql: &str) {
        self.server.execute(&self.name, sql).await;
    }
}

impl Running {
    /// Closing the keeper's input ends the database.
    fn end(mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().expect("the keeper ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let running = self
            .running
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.take() {
            running.end();
        }
    }
}

/// Suspended processes. They continue when this is dropped.
pub(crate) struct Frozen(Vec<i32>);

impl Drop for Frozen {
    fn drop(&mut self) {
        for &pid in &self.0 {
            signal(pid, libc::SIGCONT);
        }
    }
}

#[expect(unsafe_code, reason = "only the C library sends signals")]
pub(crate) fn signal(pid: i32, signal: i32) {
    // SAFETY: kill reads no memory of ours.
    assert_eq!(
        unsafe { libc::kill(pid, signal) },
        0,
        "process {pid} takes signal {signal}"
    );
}

fn children(parent: i32) -> Vec<i32> {
    let output = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &parent.to_string()])
        .output()
        .expect("run ps");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    output
        .split_whitespace()
        .map(|pid| pid.parse().expect("a process id"))
        .collect()
}

/// Where `initdb` and `postgres` are, the newest of Debian's versions first.
fn programs() -> Option<PathBuf> {
    let debians = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<_> = debians.map(|version| version.path()).collect();
    let number = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        name.parse::<u32>().ok()
    };
    versions.sort_by_key(number);
    let debians = versions
        .into_iter()
        .rev()
        .map(|version| version.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = std::env::split_paths(&path).collect();
    debians.chain(on_path).find(|programs| has_both(programs))
}

fn has_both(programs: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|name| programs.join(name).is_file())
}

impl User {
    /// Debian's package creates a user for it.
    fn needed() -> Option<Self> {
        if number(&["-u"])? != 0 {
            return None;
        }
        let user = ["postgres", "nobody"].into_iter().find_map(|name| {
            let (uid, gid) = (number(&["-u", name])?, number(&["-g", name])?);
            Some(Self { uid, gid })
        });
        Some(user.expect("a user `postgres` or `nobody`, since PostgreSQL does not run as root"))
    }
}

/// The output of `id`.
fn number(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
