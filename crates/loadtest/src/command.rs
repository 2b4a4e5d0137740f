use crate::bench::Bench;
use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use loadtest::baseline::{BaselineOptions, start_axum, start_floor};
use loadtest::{Plan, Target, Transport, Window, run};
use protocol::Stream;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// Puts load and faults on a Watchroom server, and checks that no viewer loses a message.
#[derive(Parser)]
#[command(name = "loadtest", version)]
pub(crate) struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Connect viewers and faulty clients, measure for some seconds, report.
    Run(RunArguments),
    /// Run a benchmark of several runs or servers.
    Bench(Bench),
    /// Serve a baseline to compare with; prints its address.
    Baseline(BaselineArguments),
}

#[derive(Args)]
struct RunArguments {
    /// The server, such as http://127.0.0.1:8765; a path replaces /ws or /api/events.
    url: String,
    /// Accept a server on another machine, which must be your own.
    #[arg(long)]
    allow_remote: bool,
    /// Connect with WebSocket or Server-Sent Events.
    #[arg(long, value_enum, default_value = "websocket")]
    transport: Transport,
    /// Viewers that read everything.
    #[arg(long, default_value_t = 1)]
    viewers: usize,
    /// How many connect each second.
    #[arg(long, default_value_t = 1_000)]
    connects_per_second: u32,
    /// The server's process, to report its CPU and memory.
    #[arg(long)]
    pid: Option<u32>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Offer permessage-deflate.
    #[arg(long)]
    deflate: bool,
    /// Streams that viewers subscribe to.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "metrics,events,data,alerts,logs"
    )]
    streams: Vec<Stream>,
    /// How many of each stream's newest messages viewers request.
    #[arg(long, default_value_t = 0)]
    last: u32,
    /// At most one message of each stream in this time; disables the check of chains.
    #[arg(long, default_value_t = 0)]
    interval_ms: u64,
    /// How long to measure, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How long all viewers are connected before that, in seconds.
    #[arg(long, default_value_t = 1)]
    settle: u64,
    /// Viewers that subscribe and never read.
    #[arg(long, default_value_t = 0)]
    stalled: usize,
    /// Viewers that read slowly.
    #[arg(long, default_value_t = 0)]
    slow: usize,
    /// How slowly, in bytes per second.
    #[arg(long, default_value_t = 100)]
    slow_bytes: usize,
    /// Viewers that disconnect at random and resume.
    #[arg(long, default_value_t = 0)]
    churn: usize,
    /// How long these stay connected, on average.
    #[arg(long, default_value_t = 2_000)]
    churn_ms: u64,
    /// Clients that send malformed input.
    #[arg(long, default_value_t = 0)]
    malformed: usize,
    /// Disconnect all --viewers for so many seconds, at the start of the measured time.
    #[arg(long)]
    cut: Option<u64>,
    /// Makes random choices repeatable.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Args)]
struct BaselineArguments {
    /// The baseline.
    kind: Kind,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Messages a second.
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// Approximate bytes of a message.
    #[arg(long, default_value_t = 300)]
    bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A broadcast channel, a task and a message per viewer.
    Axum,
    /// One thread that writes a finished frame to raw sockets.
    Floor,
}

impl Command {
    /// Executes the command; exits with a failure code if there were faults.
    pub(crate) fn execute(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Run(arguments) => {
                let json = arguments.json;
                report(&arguments.plan()?, json)
            }
            Action::Bench(bench) => bench.execute().map(|()| ExitCode::SUCCESS),
            Action::Baseline(arguments) => arguments.serve(),
        }
    }
}

fn report(plan: &Plan, json: bool) -> anyhow::Result<ExitCode> {
    let report = run(plan)?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(match report.faults().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

impl RunArguments {
    fn plan(self) -> anyhow::Result<Plan> {
        Ok(Plan {
            deflate: self.deflate,
            streams: self.streams,
            last: self.last,
            interval_ms: self.interval_ms,
            stalled: self.stalled,
            slow: self.slow,
            slow_bytes_per_s: self.slow_bytes,
            churn: self.churn,
            churn_ms: self.churn_ms,
            malformed: self.malformed,
            cut: self.cut.map(Duration::from_secs),
            settle: Duration::from_secs(self.settle),
            window: Window::Time(Duration::from_secs(self.seconds)),
            seed: self.seed,
            transport: self.transport,
            viewers: self.viewers,
            connects_per_s: self.connects_per_second,
            pid: self.pid,
            ..Plan::new(Target::parse(&self.url, self.allow_remote)?)
        })
    }
}

impl BaselineArguments {
    fn serve(self) -> anyhow::Result<ExitCode> {
        let options = BaselineOptions {
            listen: self.listen,
            rate: self.rate,
            message_bytes: self.bytes,
            ..BaselineOptions::default()
        };
        let started = match self.kind {
            Kind::Axum => start_axum(&options),
            Kind::Floor => start_floor(&options),
        }
        .with_context(|| format!("listen on {}", self.listen))?;
        println!("listening on http://{}", started.address());
        started.wait();
        Ok(ExitCode::FAILURE)
    }
}
