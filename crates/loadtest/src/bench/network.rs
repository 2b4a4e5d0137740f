//! The same viewers reach the same server in turns: plainly, over its own TLS, and through nginx, which has TLS.

use super::guarded::Guarded;
use super::options::Runs;
use super::servers::Programs;
use super::statistics::{cpu_s_per_million, faults, in_turns, median, show};
use super::table::table;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use loadtest::{Plan, ProcessUsage, Report, Target};
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers, one table row for each number and way.
    #[arg(long, value_delimiter = ',', default_value = "1000,5000")]
    viewers: Vec<usize>,
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "plain,tls,nginx"
    )]
    ways: Vec<Way>,
    #[command(flatten)]
    runs: Runs,
}

/// How viewers reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// Without TLS.
    Plain,
    /// The server's own TLS.
    Tls,
    /// Through nginx, over TLS.
    Nginx,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "tls",
            Self::Nginx => "nginx",
        }
    }
}

/// What the proxy took, besides the server.
#[derive(Clone, Copy)]
struct ProxyCost {
    cpu_s: f64,
    /// With all viewers connected.
    rss_kib: u64,
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers",
        "way",
        "p50 ms",
        "p99 ms",
        "CPU s/million",
        "of nginx",
        "KiB/connection",
        "of nginx",
        "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for viewers in &options.viewers {
        let mut costs = vec![Vec::new(); options.ways.len()];
        let reports = in_turns(options.runs.runs, &options.ways, |way, number| {
            eprintln!("{viewers} viewers by {}, run {number}", way.name());
            let (report, cost) = measure(*way, *viewers, options, programs)?;
            if let Some(place) = options.ways.iter().position(|it| it == way) {
                costs[place].extend(cost.map(|cost| {
                    let millions = report.deliveries as f64 / 1e6;
                    (cost.cpu_s / millions, cost.rss_kib as f64 / *viewers as f64)
                }));
            }
            Ok(report)
        })?;
        for ((way, reports), costs) in options.ways.iter().zip(&reports).zip(&costs) {
            rows.push(row(*viewers, *way, reports, costs));
        }
    }
    println!("{}", table(&rows));
    println!(
        "\nmedians of {} runs of {} s at {} messages/s",
        options.runs.runs, options.runs.seconds, options.runs.rate
    );
    Ok(())
}

fn measure(
    way: Way,
    viewers: usize,
    options: &Options,
    programs: &Programs,
) -> Result<(Report, Option<ProxyCost>)> {
    let (rate, seconds) = (options.runs.rate, options.runs.seconds);
    let server = Guarded::start(programs, rate)?;
    let restarted = |server: Guarded, flag| server.restart(programs, rate, &[flag]);
    match way {
        Way::Plain => Ok((programs.load(&server.plan(viewers, seconds)?)?, None)),
        Way::Tls => {
            let server = restarted(server, "--tls-self-signed=true")?;
            Ok((programs.load(&server.plan(viewers, seconds)?)?, None))
        }
        Way::Nginx => {
            // It makes a certificate, which nginx may use as well.
            let server = restarted(server, "--tls-self-signed=true")?;
            let server = restarted(server, "--trusted-proxy=127.0.0.1")?;
            let nginx = Nginx::start(&server.server.url, server.data_dir())?;
            let plan = Plan {
                target: Target::parse(&nginx.url, false)?.with_token(server.token()),
                ..server.plan(viewers, seconds)?
            };
            let report = programs.load(&plan)?;
            Ok((report, nginx.cost()))
        }
    }
}

fn row(viewers: usize, way: Way, reports: &[Report], costs: &[(f64, f64)]) -> [String; 9] {
    let kib_per_connection =
        |report: &Report| report.memory.map_or(f64::NAN, |it| it.per_connection);
    let of_proxy = |value: fn(&(f64, f64)) -> f64, decimals| match costs {
        [] => String::new(),
        costs => show(median(costs, value), decimals),
    };
    [
        viewers.to_string(),
        way.name().to_owned(),
        show(median(reports, |report| report.latency_ms.p50), 1),
        show(median(reports, |report| report.latency_ms.p99), 1),
        show(median(reports, cpu_s_per_million), 2),
        of_proxy(|cost| cost.0, 2),
        show(median(reports, kib_per_connection), 1),
        of_proxy(|cost| cost.1, 1),
        show(reports.iter().map(faults).fold(0.0, f64::max), 0),
    ]
}

/// How long nginx may take to start.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A proxy in front of a server, which is stopped on drop.
struct Nginx {
    child: Child,
    url: String,
    _folder: TempDir,
}

impl Nginx {
    #[expect(
        clippy::disallowed_methods,
        reason = "this thread has nothing else to do until nginx listens"
    )]
    fn start(server: &str, certificate: &Path) -> Result<Self> {
        let folder = TempDir::new()?;
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .context("find a free port")?;
        let settings = folder.path().join("nginx.conf");
        fs::write(
            &settings,
            configuration(server, address, certificate, folder.path()),
        )?;
        let log = folder.path().join("log");
        // Debian has it where not everybody looks.
        let system = Path::new("/usr/sbin/nginx");
        let program = if system.is_file() {
            system
        } else {
            Path::new("nginx")
        };
        let child = Command::new(program)
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .context("start nginx; it is a package of most distributions")?;
        let nginx = Self {
            child,
            url: format!("https://{address}"),
            _folder: folder,
        };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if start.elapsed() > START_LIMIT {
                let output = fs::read_to_string(&log).unwrap_or_default();
                bail!("nginx does not listen: {}", output.trim());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(nginx)
    }

    /// All of it until now.
    fn cost(&self) -> Option<ProxyCost> {
        let usage = ProcessUsage::of(self.child.id())?;
        Some(ProxyCost {
            cpu_s: usage.cpu_s,
            rss_kib: usage.peak_rss_kib,
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Fails if it has exited by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One process without a log, as `deploy/nginx.conf` otherwise.
fn configuration(server: &str, listen: SocketAddr, certificate: &Path, folder: &Path) -> String {
    let server = server.trim_end_matches('/');
    let (certificate, folder) = (certificate.display(), folder.display());
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nworker_rlimit_nofile 65536;\n\
         events {{\n  worker_connections 32768;\n}}\n\
         http {{\n  access_log off;\n  client_body_temp_path {folder}/a;\n  proxy_temp_path {folder}/b;\n\
         \x20 fastcgi_temp_path {folder}/c;\n  uwsgi_temp_path {folder}/d;\n  scgi_temp_path {folder}/e;\n\
         \x20 server {{\n    listen {listen} ssl;\n    ssl_certificate {certificate}/self-signed.crt;\n\
         \x20   ssl_certificate_key {certificate}/self-signed.key;\n\
         \x20   location / {{\n      proxy_pass {server};\n      proxy_http_version 1.1;\n\
         \x20     proxy_set_header Host $http_host;\n      proxy_set_header Upgrade $http_upgrade;\n\
         \x20     proxy_set_header Connection upgrade;\n      proxy_set_header Forwarded \"\";\n\
         \x20     proxy_set_header X-Forwarded-For $remote_addr;\n      proxy_set_header X-Forwarded-Proto $scheme;\n\
         \x20     proxy_buffering off;\n      proxy_read_timeout 60s;\n    }}\n  }}\n}}\n"
    )
}
