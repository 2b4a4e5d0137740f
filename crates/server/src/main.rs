//! The program `watchroom`.

use anyhow::{Context, bail};
use clap::Parser;
use protocol::Timestamp;
use rustix::fs::Mode;
use rustix::process::umask;
use server::cli::{Cli, Command, ConfigCommand};
use server::config::{Config, Flags, Layers, StorePlace, Warning};
use server::logging::Logging;
use server::service_manager::ServiceManager;
use server::{Asked, Reloader, Server, Signals};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How long a stop waits for viewers to leave, and then again for tasks to end.
const DRAIN_GRACE: Duration = Duration::from_millis(2_400);

fn main() -> ExitCode {
    // The store has password hashes, so only this user may read what is written from here on.
    umask(Mode::RWXG | Mode::RWXO);
    let done = match Cli::parse().command.unwrap_or_default() {
        Command::Serve(flags) => serve(&flags),
        Command::Backup { file, flags } => backup(&file, &flags),
        Command::Restore { file, flags } => restore(&file, &flags),
        Command::Config {
            command: ConfigCommand::Check(flags),
        } => check(&flags),
        Command::Config {
            command: ConfigCommand::Show(flags),
        } => show(&flags),
        Command::User { command } => on_runtime(command.run()),
        Command::Token { command } => on_runtime(command.run()),
        Command::Healthcheck {
            url,
            proxy_protocol,
        } => healthcheck(&url, proxy_protocol),
        Command::ProbeFilesystems => collector::prober::serve(),
        Command::WriteReference { folder } => server::reference::write(&folder),
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
    let logging = Logging::start(&config).context("read the setting `log`")?;
    server::open_files::allow_most();
    collector::prober::start_with(["probe-filesystems"]);
    for Warning { name, problem } in layers.warnings() {
        tracing::warn!(name, "{problem}");
    }
    let manager = ServiceManager::from_env();
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let mut server = Server::start(&config).await?;
        // Once the line is printed, the server may be stopped at any time.
        let mut signals = Signals::listen()?;
        server.control_log(logging);
        let mut reloader = Reloader::new(flags, config);
        let status = format!("Watchroom listening on {}", server.url());
        println!("{status}");
        if let Some(link) = server.setup_link() {
            println!("Create the first user, within 30 minutes: {link}");
        }
        manager.ready(&status);
        server.keep_alive(&manager);
        while signals.next().await == Asked::Reload {
            manager.reloading();
            reloader.reload(&server);
            manager.ready(&status);
        }
        manager.stopping();
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

fn restore(from: &Path, flags: &Flags) -> anyhow::Result<()> {
    let config = Layers::gather(flags)?.config()?;
    let StorePlace::In(location) = config.store_place() else {
        bail!("restore a log that is kept in memory alone; set a data directory with --data-dir");
    };
    let time = compact(Timestamp::now());
    let restored = runtime()?.block_on(store::restore(&location, from, &time))?;
    let (from, file) = (from.display(), restored.file.display());
    println!("The store `{file}` was restored from `{from}`. Everybody has to sign in again.");
    if let Some(kept) = restored.kept {
        println!("The former store is `{}`.", kept.display());
    }
    Ok(())
}

/// The basic format of ISO 8601, for names of files: `20261130T103059Z`.
fn compact(time: Timestamp) -> String {
    let ((year, month, day), (hour, minute, second, _)) = (time.date(), time.time());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn check(flags: &Flags) -> anyhow::Result<()> {
    warned_config(flags)?;
    println!("The configuration can be used.");
    Ok(())
}

fn show(flags: &Flags) -> anyhow::Result<()> {
    let config = warned_config(flags)?;
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

fn healthcheck(url: &str, has_proxy_protocol: bool) -> anyhow::Result<()> {
    runtime()?.block_on(server::healthcheck::run(url, has_proxy_protocol))
}

fn on_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    runtime()?.block_on(work)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")
}
