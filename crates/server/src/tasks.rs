use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::panicking;
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// The server's long-lived tasks, by name. What is spawned here is waited for at the end:
///
/// | task | what it does |
/// |---|---|
/// | `accept` | accepts connections |
/// | `accounts` | stores when sessions were last used, and removes what has expired |
/// | `control` | answers the command line, by a socket in the data directory |
/// | `sampler` | samples the host; a thread, since it blocks |
/// | `writer` | commits messages, then publishes them |
/// | `sequence reserver` | reserves sequence numbers ahead of need |
/// | `series` | adds samples to series |
/// | `alerts` | evaluates rules, and commits what fires and resolves |
/// | `notifications` | notifies targets of alerts |
/// | `rooms` | notices who has left, and stores what could not be stored before |
/// | `boards` | stores boards that have changed, and deletes those of removed users |
/// | `seal` | seals full windows of series |
/// | `background` | computes answers about history; a thread of low priority |
/// | `demo history` | writes the samples of simulated hosts; a thread of low priority |
/// | `self monitoring` | measures how the server is doing, and records it as series |
/// | `retention` | removes what exceeds the limits of age and size, in small steps |
/// | `usage` | measures how much is stored |
/// | `sweep` | writes to the viewers of one shard |
/// | `statsd` | adds up datagrams of StatsD |
/// | `dead man's switch` | requests a URL each minute while all is well |
/// | `scrape`, one for each target | scrapes it |
/// | `check`, one for each target | probes it |
/// | `watchdog` | tells the service manager that the server is alive, if that wants to know |
/// | `topics` | sends messages that are not in the log, such as the number of viewers; a thread |
///
/// Connections, and streams of HTTP/2, have tasks, too, which the accept loop and the hub count and wait for.
#[derive(Default)]
pub(crate) struct Tasks {
    set: JoinSet<()>,
    names: HashMap<Id, &'static str>,
    panicked: PanickedTasks,
}

/// The names of tasks that have panicked, at most as many as there are tasks. Cheap to clone. Its lock is held briefly,
/// with no other taken under it.
#[derive(Clone, Default)]
pub(crate) struct PanickedTasks(Arc<Mutex<Vec<&'static str>>>);

/// Records that its task has panicked, if it has when this is dropped.
struct Watched {
    name: &'static str,
    panicked: PanickedTasks,
}

impl PanickedTasks {
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.clone()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if panicking() {
            let names = self.panicked.0.lock();
            names
                .unwrap_or_else(PoisonError::into_inner)
                .push(self.name);
        }
    }
}

impl Tasks {
    /// None yet; those that panic are recorded.
    pub(crate) fn new(panicked: PanickedTasks) -> Self {
        Self {
            panicked,
            ..Self::default()
        }
    }

    fn watched(&self, name: &'static str) -> Watched {
        let panicked = self.panicked.clone();
        Watched { name, panicked }
    }

    pub(crate) fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let watched = self.watched(name);
        let task = async move {
            let _watched = watched;
            task.await;
        };
        let id = self.set.spawn(task).id();
        self.names.insert(id, name);
    }

    pub(crate) fn spawn_thread(
        &mut self,
        name: &'static str,
        thread: impl FnOnce() + Send + 'static,
    ) {
        let watched = self.watched(name);
        let thread = move || {
            let _watched = watched;
            thread();
        };
        let id = self.set.spawn_blocking(thread).id();
        self.names.insert(id, name);
    }

    /// Waits until all have ended, and aborts those that have not in time.
    pub(crate) async fn drain(mut self, grace: Duration) {
        let all_ended = async {
            while let Some(ended) = self.set.join_next_with_id().await {
                let (id, panicked) = match ended {
                    Ok((id, ())) => (id, false),
                    Err(error) => (error.id(), error.is_panic()),
                };
                let task = self.names.remove(&id).unwrap_or("unknown");
                if panicked {
                    tracing::error!(task, "A task had panicked.");
                }
            }
        };
        if tokio::time::timeout(grace, all_ended).await.is_err() {
            let mut left: Vec<_> = self.names.values().copied().collect();
            left.sort_unstable();
            tracing::warn!(tasks = left.join(", "), "Some tasks did not end in time.");
            self.set.abort_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_that_panic_are_recorded() {
        let panicked = PanickedTasks::default();
        let mut tasks = Tasks::new(panicked.clone());
        tasks.spawn("well", async {});
        tasks.spawn("ill", async { panic!("as the test wants") });
        tasks.spawn_thread("thread", || panic!("as the test wants"));
        tasks.drain(Duration::from_secs(10)).await;
        let mut names = panicked.names();
        names.sort_unstable();
        assert_eq!(names, ["ill", "thread"]);
    }
}
