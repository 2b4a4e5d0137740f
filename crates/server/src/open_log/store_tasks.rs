use crate::alerts::{Alerts, alert_points};
use crate::idempotency::IdempotencyKeys;
use crate::intake::sequence_allocator::{self, SequenceReserver};
use crate::intake::series::{SeriesReceiver, SeriesTask};
use crate::intake::writer::Writer;
use crate::intake::{PointIntake, WeakAppender};
use crate::maintenance::retention::{self, Age};
use crate::maintenance::simulated_history::{Backfill, SimulatedHistory};
use crate::maintenance::{sealing, usage};
use crate::metrics::Metrics;
use crate::reading::Archive;
use crate::reading::background::BackgroundJobs;
use crate::tasks::Tasks;
use journal::Journal;
use std::sync::Arc;
use store::{Retention, Store};
use tokio::sync::watch;

/// The tasks that use the store.
pub(crate) struct StoreTasks {
    pub(super) store: Arc<dyn Store>,
    pub(super) writer: Writer,
    pub(super) reserver: SequenceReserver,
    pub(super) archive: Archive,
    pub(super) background_jobs: BackgroundJobs,
    pub(super) series_receiver: SeriesReceiver,
    pub(super) points: PointIntake,
    pub(super) idempotency_keys: IdempotencyKeys,
    pub(super) journal: Journal,
    pub(super) replayed: watch::Sender<bool>,
    pub(super) appender: WeakAppender,
    pub(super) age: Age,
    pub(super) simulated: Vec<SimulatedHistory>,
    pub(super) metrics: Metrics,
}

impl StoreTasks {
    /// Starts the tasks. Writer, sequence reserver and series end when the last
    /// [`Appender`](crate::intake::Appender) is dropped, the others with `stop`.
    pub(crate) fn start(
        self,
        retention: Retention,
        alerts: Alerts,
        tasks: &mut Tasks,
        stop: &watch::Receiver<bool>,
    ) {
        tasks.spawn("writer", self.writer.run());
        tasks.spawn("sequence reserver", sequence_allocator::run(self.reserver));
        let (jobs, stopped) = (self.background_jobs, stop.clone());
        tasks.spawn_thread("background", move || jobs.run(stopped));
        let series = self.archive.series().clone();
        let was_replayed = self.replayed.subscribe();
        if !self.simulated.is_empty() {
            let backfill =
                Backfill::new(self.simulated, self.archive.clone(), was_replayed.clone());
            let stopped = stop.clone();
            tasks.spawn_thread("demo history", move || backfill.run(stopped));
        }
        let (points, received) = alert_points();
        tasks.spawn("alerts", alerts.run(received, was_replayed.clone()));
        let series_task = SeriesTask {
            archive: self.archive,
            points: self.points.clone(),
            appender: self.appender,
            metrics: self.metrics.clone(),
            replayed: self.replayed,
            alerts: points,
        };
        tasks.spawn("series", series_task.run(self.series_receiver));
        let seal = sealing::run(
            Arc::clone(&self.store),
            series.clone(),
            self.points,
            self.journal,
            was_replayed,
            stop.clone(),
        );
        tasks.spawn("seal", seal);
        let usage = usage::run(Arc::clone(&self.store), self.metrics, stop.clone());
        tasks.spawn("usage", usage);
        let retention = retention::run(
            self.store,
            series,
            self.idempotency_keys,
            retention,
            self.age,
            stop.clone(),
        );
        tasks.spawn("retention", retention);
    }
}
