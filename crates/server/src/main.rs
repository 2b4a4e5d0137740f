//! The program `watchroom`.

use anyhow::{Context, bail};
use clap::Parser;
use server::Server;
use server::cli::{Cli, Command, ConfigCommand};
use server::config::{Config, Flags, Layers, LogFormat, StorePlace, Warning};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// How long a stop waits for viewers to leave, and then again for tasks to end.
const DRAIN_GRACE: Duration = Duration::from_millis(2_400);

fn main() -> ExitCode {
    let done = match Cli::parse().command.unwrap_or_default() {
        Command::Serve(flags) => serve(&flags),
        Command::Backup { file, flags } => backup(&file, &flags),
        Command::Config {
            command: ConfigCommand::Check(flags),
        } => check(&flags),
        Command::Config {
            command: ConfigCommand::Show(flags),
        } => show(&flags),
        Command::Healthcheck { url } => healthcheck(&url),
        Command::ProbeFilesystems => collector::prober::serve(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("watchroom: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(flags: &Flags) -> anyhow::Result<()> {
    let layers = Layers::gather(flags)?;
    let config = layers.config()?;
    start_logging(&config)?;
    server::open_files::allow_most();
    collector::prober::start_with(["probe-filesystems"]);
    for Warning { name, problem } in layers.warnings() {
        tracing::warn!(name, "{problem}");
    }
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let server = Server::start(&config).await?;
        // Once the line is printed, the server may be stopped at any time.
        let shutdown = shutdown_signal()?;
        println!("Watchroom listening on http://{}", server.address());
        shutdown.await?;
        server.drain(DRAIN_GRACE).await;
        Ok(())
    });
    // Dropping it would wait for stuck threads, for example in a disk that hangs.
    runtime.shutdown_background();
    served
}

fn backup(file: &Path, flags: &Flags) -> anyhow::Result<()> {
    let config = Layers::gather(flags)?.config()?;
    let StorePlace::In(location) = config.store_place() else {
        bail!("back up a log that is kept in memory alone; there is nothing to copy");
    };
    runtime()?.block_on(store::backup(&location, file))?;
    println!("The store was copied to `{}`.", file.display());
    Ok(())
}

fn check(flags: &Flags) -> anyhow::Result<()> {
    warned_config(flags)?;
    println!("The configuration can be used.");
    Ok(())
}

fn show(flags: &Flags) -> anyhow::Result<()> {
    let config = warned_config(flags)?.without_secrets();
    print!(
        "{}",
        toml::to_string(&config).context("write the configuration as TOML")?
    );
    Ok(())
}

/// The configuration; prints its warnings to standard error.
fn warned_config(flags: &Flags) -> anyhow::Result<Config> {
    let layers = Layers::gather(flags)?;
    for warning in layers.warnings() {
        eprintln!("watchroom: {warning}");
    }
    Ok(layers.config()?)
}

fn healthcheck(url: &str) -> anyhow::Result<()> {
    runtime()?.block_on(server::healthcheck::run(url))
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).context("read the setting `log`")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Signals are handled from this call on, and not only from the first poll.
fn shutdown_signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}
