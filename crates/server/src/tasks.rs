use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// The server's long-lived tasks, by name. What is spawned here is waited for at the end:
///
/// | task | what it does |
/// |---|---|
/// | `accept` | takes connections in |
/// | `sampler` | samples the host; a thread of its own, since it waits for what it reads |
/// | `writer` | writes messages down, then shows them |
/// | `numbers` | reserves numbers for them, ahead of need |
/// | `series` | takes figures in that become series |
/// | `seal` | writes series that are due |
/// | `past` | answers questions about the past; a thread of its own, which gives way to all others |
/// | `demo past` | writes the samples of a simulated host's past; a thread of its own, which gives way to all others |
/// | `retention` | removes what is too old or too much, a little at a time |
/// | `sweep` | writes to the viewers of one shard |
/// | `client count` | tells viewers how many they are |
///
/// Connections have tasks too; the accept loop and the hub count them and wait for them.
#[derive(Default)]
pub(crate) struct Tasks {
    set: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Tasks {
    pub(crate) fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.set.spawn(task).id();
        self.names.insert(id, name);
    }

    pub(crate) fn spawn_thread(
        &mut self,
        name: &'static str,
        thread: impl FnOnce() + Send + 'static,
    ) {
        let id = self.set.spawn_blocking(thread).id();
        self.names.insert(id, name);
    }

    /// Waits until all have ended, each of its own accord, and ends those that have not in time.
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
