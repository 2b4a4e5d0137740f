//! The log, on standard error.

use crate::config::{Config, LogFormat};
use crate::log_level::FilterHandle;
use std::fmt;
use std::io;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, reload};

/// The log of this process, whose level can be changed.
pub struct Logging {
    pub(crate) filter: FilterHandle,
}

impl Logging {
    /// Starts to log as configured; once a process.
    ///
    /// # Errors
    ///
    /// If the setting `log` is none that it accepts.
    pub fn start(config: &Config) -> Result<Self, ParseError> {
        let (filter, handle) = reload::Layer::new(EnvFilter::try_new(&config.log)?);
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(false);
        let lines = match config.log_format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().boxed(),
            LogFormat::Journald => lines.event_format(Journald::default()).boxed(),
        };
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .init();
        Ok(Self { filter: handle })
    }
}

/// Lines with the priority that journald reads, and without the time, which it adds (sd-daemon(3)).
struct Journald(Format<Full, ()>);

impl Default for Journald {
    fn default() -> Self {
        Self(Format::default().without_time().with_level(false))
    }
}

impl<S, N> FormatEvent<S, N> for Journald
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "<{}>", priority(*event.metadata().level()))?;
        self.0.format_event(context, writer, event)
    }
}

/// syslog(3).
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
