//! Recognises a file without changing it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, query_as, query_scalar};

use super::connect::Connect;
use super::failure::is_damage;
use super::opening::{APPLICATION_ID, MIGRATIONS, refused};
use crate::OpenError;

/// A file of ten gigabytes is not read through at each start: the check stops after this time.
const CHECK_TIME: Duration = Duration::from_millis(50);

/// The check reads the clock after so many steps of SQLite's virtual machine.
const CHECK_MIGRATIONS: i32 = 1000;

/// What can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Ours,
}

/// Recognises a file that is not open. Never to be called by a process that has it open: on POSIX
/// systems, closing the file once releases all of a process's locks on it, SQLite's too.
/// <https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>
pub(super) async fn inspect(
    file: &Path,
    place: &str,
    connect: &Connect,
) -> Result<Found, OpenError> {
    let corrupt = |detail: String| OpenError::Corrupt {
        place: place.to_owned(),
        detail,
    };
    match header(file) {
        // SQLite would delete such a log.
        Ok(None) if length(&log_of(file)) > 0 => {
            return Err(corrupt("only its write-ahead log is left".to_owned()));
        }
        Ok(None) => return Ok(Found::Nothing),
        Ok(Some(header)) => header.check(file).map_err(corrupt)?,
        Err(error) => {
            return Err(OpenError::Unreachable {
                place: place.to_owned(),
                detail: error.to_string(),
            });
        }
    }
    inspect_open(place, connect).await
}

/// The same through SQLite alone, for a file that this process may have open.
pub(super) async fn inspect_open(place: &str, connect: &Connect) -> Result<Found, OpenError> {
    let contents = read_contents(connect).await;
    contents
        .map_err(|error| refused(place, error))?
        .recognise(place)
}

/// <https://www.sqlite.org/fileformat2.html#the_database_header>
struct Header([u8; 100]);

/// None for a file that is missing or empty, like one that was just created.
fn header(file: &Path) -> io::Result<Option<Header>> {
    let mut bytes = Vec::new();
    match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?.take(100).read_to_end(&mut bytes)?,
    };
    if bytes.is_empty() {
        return Ok(None);
    }
    bytes.resize(100, 0);
    let mut header = [0; 100];
    header.copy_from_slice(&bytes);
    Ok(Some(Header(header)))
}

impl Header {
    fn number(&self, offset: usize) -> u64 {
        let bytes = &self.0[offset..offset + 4];
        bytes
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    }

    fn check(&self, file: &Path) -> Result<(), String> {
        if !self.0.starts_with(b"SQLite format 3\0") {
            return Err("it does not begin as an SQLite file does".to_owned());
        }
        let page_bytes = match self.number(16) >> 16 {
            1 => 65_536,
            bytes => bytes,
        };
        let expected = self.number(28) * page_bytes;
        // While there is a log, the file's length is in there.
        let found = length(file);
        if length(&log_of(file)) == 0 && found < expected {
            return Err(format!("{found} bytes are left of {expected}"));
        }
        Ok(())
    }
}

/// In bytes; a file that is missing has none.
pub(super) fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

/// The write-ahead log beside a file.
pub(super) fn log_of(file: &Path) -> PathBuf {
    beside(file, "-wal")
}

/// The index of the write-ahead log, which SQLite makes anew if it is missing.
pub(super) fn shared_memory_of(file: &Path) -> PathBuf {
    beside(file, "-shm")
}

/// The file whose name is longer by `ending`.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

struct Contents {
    application_id: i64,
    version: i64,
    tables: i64,
    damage: Option<String>,
}

async fn read_contents(connect: &Connect) -> Result<Contents, sqlx::Error> {
    let mut connection = connect.reader().await?;
    let number = async |connection: &mut SqliteConnection, sql| {
        query_scalar::<_, i64>(sql).fetch_one(connection).await
    };
    let contents = Contents {
        application_id: number(&mut connection, "PRAGMA application_id").await?,
        version: number(&mut connection, "PRAGMA user_version").await?,
        tables: number(&mut connection, "SELECT count(*) FROM sqlite_schema").await?,
        damage: damage(&mut connection).await?,
    };
    connection.close().await?;
    Ok(contents)
}

/// The first fault that a check of limited length finds.
async fn damage(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let until = Instant::now() + CHECK_TIME;
    connection
        .lock_handle()
        .await?
        .set_progress_handler(CHECK_MIGRATIONS, move || Instant::now() < until);
    let result = query_as::<_, (String,)>("PRAGMA quick_check(1)")
        .fetch_one(&mut *connection)
        .await;
    connection.lock_handle().await?.remove_progress_handler();
    match result {
        Ok((message,)) => Ok((message != "ok").then_some(message)),
        Err(error) if is_damage(&error) => Err(error),
        // Interrupted before anything was found.
        Err(_) => Ok(None),
    }
}

impl Contents {
    fn recognise(self, place: &str) -> Result<Found, OpenError> {
        let place = place.to_owned();
        if self.application_id == 0 && self.tables == 0 {
            return Ok(Found::Nothing);
        }
        if self.application_id != APPLICATION_ID {
            let detail = format!(
                "an SQLite file of another application, {}",
                self.application_id
            );
            return Err(OpenError::Foreign { place, detail });
        }
        let (found, supported) = (self.version, MIGRATIONS.newest());
        if found > supported {
            return Err(OpenError::Newer {
                place,
                found,
                supported,
            });
        }
        match self.damage {
            Some(detail) => Err(OpenError::Corrupt { place, detail }),
            None => Ok(Found::Ours),
        }
    }
}
