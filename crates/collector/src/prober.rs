//! Asks how full a filesystem is from a process of its own.
//!
//! A thread that asks a FUSE program for something, and whose question the program has read, cannot
//! be ended by anything until it is answered, and neither can its process: it would keep its port
//! and its files, and the server could not be restarted. So shares are asked by a child process that has
//! nothing of the kind, and can be left behind.
//!
//! The parent writes a line for each question: a number and the paths in hexadecimal digits. The
//! child answers with the number and, if there is an answer, the place of the path in the question
//! and three sizes in bytes. It ends when its standard input does.

use crate::local::{Answer, Space, ask_here};
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

/// Has shares asked by a child process: this program, started with these arguments, which must make
/// it call [`serve`]. Without this they are asked by threads of this process.
pub fn start_with(arguments: impl IntoIterator<Item = impl Into<OsString>>) {
    let arguments = arguments.into_iter().map(Into::into).collect();
    // Said once, at the beginning of the program.
    let _ = ARGUMENTS.set(arguments);
}

/// What the child process does: answers until its standard input ends, then ends the process, also
/// while some of the questions have no answer.
pub fn serve() -> ! {
    for question in io::stdin().lock().lines() {
        let Ok(question) = question else { break };
        // Questions wait for their answers apart from each other; the parent bounds how many.
        let asked = thread::Builder::new().spawn(move || {
            let answer = Question::read(&question).map(|question| question.answer());
            // Standard output is gone once the parent is.
            let _ = writeln!(io::stdout(), "{}", answer.unwrap_or_default());
        });
        if asked.is_err() {
            break;
        }
    }
    process::exit(0)
}

/// How full the filesystem at the first of `paths` that is a directory is. Waits for as long as it
/// takes.
pub(crate) fn ask(paths: &[PathBuf]) -> Option<Answer> {
    let Some(arguments) = ARGUMENTS.get() else {
        return ask_here(paths);
    };
    let asked = {
        let mut process = lock(&PROCESS);
        // One that has ended, which it does not do of its own accord, is replaced.
        let alive = process.take().filter(Process::is_alive);
        let alive = alive.or_else(|| Process::start(arguments).ok());
        alive.map(|alive| process.insert(alive).ask(paths))
    };
    let Some(answer) = asked else {
        // Where no process can be started, a thread of this one is better than nothing.
        return ask_here(paths);
    };
    let answer = answer?;
    let (place, space) = answer.recv().ok()??;
    Some(Answer {
        path: paths.get(place)?.clone(),
        space,
    })
}

type Reply = Option<(usize, Space)>;

/// Who waits for which answer; `None` once the process has ended.
type Waiting = Arc<Mutex<Option<HashMap<u64, mpsc::Sender<Reply>>>>>;

struct Process {
    questions: ChildStdin,
    waiting: Waiting,
    asked: u64,
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
            // A log that is read to its end would not end with the server.
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let readers = waiting.clone();
        thread::Builder::new()
            .name("prober".into())
            .spawn(move || read_answers(child, answers, &readers))?;
        Ok(Self {
            questions,
            waiting,
            asked: 0,
        })
    }

    fn is_alive(&self) -> bool {
        lock(&self.waiting).is_some()
    }

    fn ask(&mut self, paths: &[PathBuf]) -> Option<mpsc::Receiver<Reply>> {
        self.asked += 1;
        let (reply, answer) = mpsc::channel();
        lock(&self.waiting).as_mut()?.insert(self.asked, reply);
        let question = question(self.asked, paths);
        self.questions.write_all(question.as_bytes()).ok()?;
        Some(answer)
    }
}

/// Passes on what the child says until it says nothing any more.
fn read_answers(mut child: Child, answers: ChildStdout, waiting: &Waiting) {
    for answer in BufReader::new(answers).lines() {
        let Ok(answer) = answer else { break };
        if let Some((number, reply)) = read_answer(&answer)
            && let Some(waiting) = lock(waiting).as_mut()
            && let Some(waiter) = waiting.remove(&number)
        {
            // The thread that asked may have ended.
            let _ = waiter.send(reply);
        }
    }
    // With this everyone who still waits has no answer.
    lock(waiting).take();
    let _ = child.wait();
}

fn question(number: u64, paths: &[PathBuf]) -> String {
    let mut question = number.to_string();
    for path in paths {
        question.push(' ');
        for byte in path.as_os_str().as_bytes() {
            let _ = write!(question, "{byte:02x}");
        }
    }
    question.push('\n');
    question
}

struct Question {
    number: u64,
    paths: Vec<PathBuf>,
}

impl Question {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let number = fields.next()?.parse().ok()?;
        let paths = fields.map(read_path).collect::<Option<_>>()?;
        Some(Self { number, paths })
    }

    fn answer(&self) -> String {
        let number = self.number;
        let answer = ask_here(&self.paths).and_then(|answer| {
            let place = self.paths.iter().position(|path| *path == answer.path)?;
            let Space {
                total_bytes,
                used_bytes,
                available_bytes,
            } = answer.space;
            Some(format!(
                "{number} {place} {total_bytes} {used_bytes} {available_bytes}"
            ))
        });
        answer.unwrap_or_else(|| number.to_string())
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

fn read_answer(line: &str) -> Option<(u64, Reply)> {
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
    fn a_question_survives_its_way_whatever_the_paths_are() {
        let paths: Vec<PathBuf> = [&b"/mnt/pok\xe9mon"[..], b"/mnt/a b\nc", b"/"]
            .into_iter()
            .map(|path| PathBuf::from(OsString::from_vec(path.to_vec())))
            .collect();
        let line = question(7, &paths);
        let read = Question::read(line.trim_end_matches('\n')).unwrap();
        assert_eq!((read.number, read.paths), (7, paths));
        for line in ["", "x", "7 0", "7 zz", "7 2f 2"] {
            assert!(Question::read(line).is_none(), "{line}");
        }
    }

    #[test]
    fn an_answer_survives_its_way() {
        let file = std::env::current_exe().unwrap();
        let paths = vec!["/nowhere".into(), file, "/".into()];
        let answer = Question { number: 3, paths }.answer();
        let (number, reply) = read_answer(&answer).unwrap();
        let (place, space) = reply.unwrap();
        assert_eq!((number, place), (3, 2));
        assert!(space.total_bytes > 0 && space.used_bytes <= space.total_bytes);

        let paths = vec!["/nowhere".into()];
        let answer = Question { number: 4, paths }.answer();
        assert_eq!(read_answer(&answer), Some((4, None)));
        for line in ["", "x 1", "-1"] {
            assert_eq!(read_answer(line), None);
        }
        assert_eq!(read_answer("5 0 1"), Some((5, None)));
    }
}
