//! What a service manager such as systemd is told: sd_notify(3).

use std::env;
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The socket on which the manager listens. A path, or `@` and the name of an abstract socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// The time within which the manager wants a sign of life, in microseconds, and of which process.
const WATCHDOG_USEC: &str = "WATCHDOG_USEC";
const WATCHDOG_PID: &str = "WATCHDOG_PID";

/// The manager that started this process, if there is one that wants to know. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ServiceManager {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// That of the environment. One that cannot be reached is a warning in the log.
    pub fn from_env() -> Self {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let Some(name) = variable(SOCKET).filter(|name| !name.is_empty()) else {
            return Self::default();
        };
        let socket = match connect(&name) {
            Ok(socket) => socket,
            Err(error) => {
                tracing::warn!(socket = name, %error, "The service manager cannot be told anything.");
                return Self::default();
            }
        };
        let is_meant = variable(WATCHDOG_PID).is_none_or(|id| id == std::process::id().to_string());
        let watchdog = variable(WATCHDOG_USEC).filter(|_| is_meant);
        let microseconds = watchdog.and_then(|text| text.parse().ok());
        Self {
            socket: Some(Arc::new(socket)),
            watchdog: microseconds.filter(|it| *it > 0).map(Duration::from_micros),
        }
    }

    /// The server answers.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// The configuration is read again; [`ready`](Self::ready) follows.
    pub fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }

    /// The server has begun to stop.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Disconnecting viewers");
    }

    /// How often a sign of life is wanted: twice as often as the manager waits, as sd_watchdog_enabled(3) advises.
    pub(crate) fn watchdog_every(&self) -> Option<Duration> {
        self.watchdog.map(|limit| limit / 2)
    }

    /// A sign of life.
    pub(crate) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// Never waits: a manager that does not read is not worth it.
    fn tell(&self, state: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(state.as_bytes())
        {
            tracing::debug!(%error, state, "The service manager was not told.");
        }
    }
}

fn connect(name: &str) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect_addr(&address(name)?)?;
    Ok(socket)
}

fn address(name: &str) -> io::Result<SocketAddr> {
    match name.strip_prefix('@') {
        #[cfg(target_os = "linux")]
        Some(name) => {
            use std::os::linux::net::SocketAddrExt;
            SocketAddr::from_abstract_name(name)
        }
        _ => SocketAddr::from_pathname(PathBuf::from(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A manager, and its end of the socket.
    fn manager(watchdog: &[(&str, &str)]) -> (ServiceManager, UnixDatagram, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let manager = ServiceManager::of(|name| match name {
            SOCKET => path.to_str().map(str::to_owned),
            name => {
                let found = watchdog.iter().find(|(it, _)| *it == name);
                found.map(|(_, value)| (*value).to_owned())
            }
        });
        (manager, socket, folder)
    }

    fn told(socket: &UnixDatagram) -> String {
        let mut state = [0; 200];
        let length = socket.recv(&mut state).expect("a datagram");
        String::from_utf8_lossy(&state[..length]).into_owned()
    }

    #[test]
    fn states_are_datagrams() {
        let (manager, socket, _folder) = manager(&[]);
        manager.ready("Listening");
        assert_eq!(told(&socket), "READY=1\nSTATUS=Listening");
        manager.reloading();
        let reloading = told(&socket);
        let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
        assert!(
            time.is_some_and(|it| it.parse::<u64>().is_ok()),
            "{reloading}"
        );
        manager.stopping();
        assert!(told(&socket).starts_with("STOPPING=1\n"));
        manager.alive();
        assert_eq!(told(&socket), "WATCHDOG=1");
    }

    #[test]
    fn a_sign_of_life_is_due_twice_within_the_limit() {
        let own = std::process::id().to_string();
        for (variables, expected) in [
            (vec![], None),
            (vec![(WATCHDOG_USEC, "30000000")], Some(15)),
            (
                vec![(WATCHDOG_USEC, "30000000"), (WATCHDOG_PID, &own)],
                Some(15),
            ),
            (vec![(WATCHDOG_USEC, "30000000"), (WATCHDOG_PID, "1")], None),
            (vec![(WATCHDOG_USEC, "0")], None),
            (vec![(WATCHDOG_USEC, "soon")], None),
        ] {
            let (manager, _socket, _folder) = manager(&variables);
            let every = expected.map(Duration::from_secs);
            assert_eq!(manager.watchdog_every(), every, "{variables:?}");
        }
    }

    #[test]
    fn without_a_manager_nothing_happens() {
        ServiceManager::of(|_| None).ready("Listening");
        let missing = |name: &str| (name == SOCKET).then(|| "/no/such/socket".to_owned());
        ServiceManager::of(missing).ready("Listening");
    }
}
