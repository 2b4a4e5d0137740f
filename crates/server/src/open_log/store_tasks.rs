use crate::intake::WeakAppender;
use crate::intake::sequence_allocator::{self, SequenceReserver};
use crate::intake::series::{self, SeriesReceiver};
use crate::intake::writer::Writer;
use crate::maintenance::retention::{self, Age};
use crate::maintenance::sealing;
use crate::maintenance::simulated_history::{Backfill, SimulatedHistory};
use crate::reading::Archive;
use crate::reading::background::BackgroundJobs;
use crate::tasks::Tasks;
use std::sync::Arc;
use store::{Retention, Store};
use tokio::sync::{oneshot, watch};

/// The tasks that use the store.
pub(crate) struct StoreTasks {
    pub(super) store: Arc<dyn Store>,
    pub(super) writer: Writer,
    pub(super) reserver: SequenceReserver,
    pub(super) archive: Archive,
    pub(super) background_jobs: BackgroundJobs,
    pub(super) series_receiver: SeriesReceiver,
    pub(super) appender: WeakAppender,
    pub(super) age: Age,
    pub(super) simulated: Vec<SimulatedHistory>,
}

impl StoreTasks {
    /// Starts the tasks. Writer, sequence reserver and series end when the last
    /// [`Appender`](crate::intake::Appender) is dropped, the others with `stop`.
    pub(crate) fn start(
        self,
        retention: Retention,
        tasks: &mut Tasks,
        stop: &watch::Receiver<bool>,
    ) {
        tasks.spawn("writer", self.writer.run());
        tasks.spawn("sequence reserver", sequence_allocator::run(self.reserver));
        let (jobs, stopped) = (self.background_jobs, stop.clone());
        tasks.spawn_thread("background", move || jobs.run(stopped));
        let series = self.archive.series().clone();
        let (replayed, was_replayed) = oneshot::channel();
        if !self.simulated.is_empty() {
            let backfill = Backfill::new(self.simulated, self.archive.clone(), was_replayed);
            let stopped = stop.clone();
            tasks.spawn_thread("demo history", move || backfill.run(stopped));
        }
        tasks.spawn(
            "series",
            series::run(self.archive, self.series_receiver, self.appender, replayed),
        );
        let seal = sealing::run(Arc::clone(&self.store), series.clone(), stop.clone());
        tasks.spawn("seal", seal);
        let retention = retention::run(self.store, series, retention, self.age, stop.clone());
        tasks.spawn("retention", retention);
    }
}
