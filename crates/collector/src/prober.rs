//! Reads the usage of filesystems in a child process.
//!
//! A thread whose request a FUSE program has read cannot be ended until the program responds, and neither
//! can its process: the server would keep its port and could not be restarted. A child process has no port
//! and can be left behind.
//!
//! The parent writes a line for each request: a number and the paths in hexadecimal digits. The child
//! responds with the number and, on success, the index of the used path and three sizes in bytes. It ends
//! when its standard input does.

use crate::local::{Space, Usage, read_here};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::process::{self, Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;

/// The arguments with which this program calls [`serve`].
static ARGUMENTS: OnceLock<Vec<OsString>> = OnceLock::new();

static PROCESS: Mutex<Option<Process>> = Mutex::new(None);

/// Reads shares in a child process: this program, started with these arguments, which must make it call
/// [`serve`]. Without this call, threads of this process read them.
pub fn start_with(arguments: impl IntoIterator<Item = impl Into<OsString>>) {
    let arguments = arguments.into_iter().map(Into::into).collect();
    // Fails if called twice.
    let _ = ARGUMENTS.set(arguments);
}

/// Runs the child process: responds until standard input ends, then exits, even with pending requests.
pub fn serve() -> ! {
    for request in io::stdin().lock().lines() {
        let Ok(request) = request else { break };
        // A thread for each request; the parent limits their number.
        let spawned = thread::Builder::new().spawn(move || {
            let response = Request::read(&request).map(|request| request.respond());
            // Fails once the parent has ended.
            let _ = writeln!(io::stdout(), "{}", response.unwrap_or_default());
        });
        if spawned.is_err() {
            break;
        }
    }
    process::exit(0)
}

/// Reads the usage of the filesystem at the first of `paths` that is a directory. May block forever.
pub(crate) fn read(paths: &[PathBuf]) -> Option<Usage> {
    let Some(arguments) = ARGUMENTS.get() else {
        return read_here(paths);
    };
    let requested = {
        let mut process = lock(&PROCESS);
        // A child that has ended unexpectedly is replaced.
        let alive = process.take().filter(Process::is_alive);
        let alive = alive.or_else(|| Process::start(arguments).ok());
        alive.map(|alive| process.insert(alive).send(paths))
    };
    let Some(response) = requested else {
        // Fallback if no process can be started.
        return read_here(paths);
    };
    let response = response?;
    let (place, space) = response.recv().ok()??;
    Some(Usage {
        path: paths.get(place)?.clone(),
        space,
    })
}

type Reply = Option<(usize, Space)>;

/// Pending requests by number; `None` once the process has ended.
type Waiting = Arc<Mutex<Option<HashMap<u64, mpsc::Sender<Reply>>>>>;

struct Process {
    requests: ChildStdin,
    waiting: Waiting,
    requested: u64,
}

impl Process {
    fn start(arguments: &[OsString]) -> io::Result<Self> {
        // The program may have been replaced by a newer one since it was started.
        let program = std::env::current_exe().ok().filter(|path| path.exists());
        let mut child = Command::new(program.unwrap_or_else(|| "/proc/self/exe".into()))
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A child that is left behind must not keep the server's log open.
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(requests), Some(responses)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let readers = waiting.clone();
        thread::Builder::new()
            .name("prober".into())
            .spawn(move || forward_responses(child, responses, &readers))?;
        Ok(Self {
            requests,
            waiting,
            requested: 0,
        })
    }

    fn is_alive(&self) -> bool {
        lock(&self.waiting).is_some()
    }

    fn send(&mut self, paths: &[PathBuf]) -> Option<mpsc::Receiver<Reply>> {
        self.requested += 1;
        let (reply, response) = mpsc::channel();
        lock(&self.waiting).as_mut()?.insert(self.requested, reply);
        let request = request(self.requested, paths);
        self.requests.write_all(request.as_bytes()).ok()?;
        Some(response)
    }
}

/// Forwards the child's responses until it ends.
fn forward_responses(mut child: Child, responses: ChildStdout, waiting: &Waiting) {
    for response in BufReader::new(responses).lines() {
        let Ok(response) = response else { break };
        if let Some((number, reply)) = parse_response(&response)
            && let Some(waiting) = lock(waiting).as_mut()
            && let Some(waiter) = waiting.remove(&number)
        {
            // The requesting thread may have ended.
            let _ = waiter.send(reply);
        }
    }
    // Fails all pending requests.
    lock(waiting).take();
    let _ = child.wait();
}

fn request(number: u64, paths: &[PathBuf]) -> String {
    let mut request = number.to_string();
    for path in paths {
        request.push(' ');
        for byte in path.as_os_str().as_bytes() {
            let _ = write!(request, "{byte:02x}");
        }
    }
    request.push('\n');
    request
}

struct Request {
    number: u64,
    paths: Vec<PathBuf>,
}

impl Request {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let number = fields.next()?.parse().ok()?;
        let paths = fields.map(read_path).collect::<Option<_>>()?;
        Some(Self { number, paths })
    }

    fn respond(&self) -> String {
        let number = self.number;
        let response = read_here(&self.paths).and_then(|response| {
            let place = self.paths.iter().position(|path| *path == response.path)?;
            let Space {
                total_bytes,
                used_bytes,
                available_bytes,
            } = response.space;
            Some(format!(
                "{number} {place} {total_bytes} {used_bytes} {available_bytes}"
            ))
        });
        response.unwrap_or_else(|| number.to_string())
    }
}

fn read_path(digits: &str) -> Option<PathBuf> {
    let pairs = digits.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| {
        let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes = bytes.collect::<Option<_>>()?;
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

fn parse_response(line: &str) -> Option<(u64, Reply)> {
    let mut fields = line.split(' ').map(str::parse::<u64>);
    let mut next = || fields.next()?.ok();
    let number = next()?;
    let reply = || {
        let place = usize::try_from(next()?).ok()?;
        let space = Space {
            total_bytes: next()?,
            used_bytes: next()?,
            available_bytes: next()?,
        };
        Some((place, space))
    };
    Some((number, { reply }()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_round_trip_for_any_path() {
        let paths: Vec<PathBuf> = [&b"/mnt/pok\xe9mon"[..], b"/mnt/a b\nc", b"/"]
            .into_iter()
            .map(|path| PathBuf::from(OsString::from_vec(path.to_vec())))
            .collect();
        let line = request(7, &paths);
        let read = Request::read(line.trim_end_matches('\n')).unwrap();
        assert_eq!((read.number, read.paths), (7, paths));
        for line in ["", "x", "7 0", "7 zz", "7 2f 2"] {
            assert!(Request::read(line).is_none(), "{line}");
        }
    }

    #[test]
    fn responses_round_trip() {
        let file = std::env::current_exe().unwrap();
        let paths = vec!["/nowhere".into(), file, "/".into()];
        let response = Request { number: 3, paths }.respond();
        let (number, reply) = parse_response(&response).unwrap();
        let (place, space) = reply.unwrap();
        assert_eq!((number, place), (3, 2));
        assert!(space.total_bytes > 0 && space.used_bytes <= space.total_bytes);

        let paths = vec!["/nowhere".into()];
        let response = Request { number: 4, paths }.respond();
        assert_eq!(parse_response(&response), Some((4, None)));
        for line in ["", "x 1", "-1"] {
            assert_eq!(parse_response(line), None);
        }
        assert_eq!(parse_response("5 0 1"), Some((5, None)));
    }
}
