//! `cargo xtask bench <what>`: figures to look at, never tests that time decides.
//!
//! Each benchmark builds what it needs, starts servers of its own on loopback, puts `loadtest` on
//! them, and ends them again, whatever happens. What is compared takes turns, so that a slow minute
//! of the machine hits all alike, and medians are shown. `page` looks at the page in a browser
//! instead, and `chart` at its renderer alone.

mod catalogue;
mod chart;
mod cut;
mod deflate;
mod fanout;
mod history;
mod http;
mod kill;
mod load;
mod machine;
mod median;
mod memory;
mod options;
mod page;
mod past;
mod peer;
mod stalled;

use std::process::ExitCode;

use anyhow::{Result, bail};

use self::options::Options;
use self::peer::Programs;

/// What a benchmark is called, how it fills in what the user leaves open, and what it does.
struct Benchmark {
    name: &'static str,
    defaults: fn() -> Options,
    main: fn(&Options, &Programs) -> Result<()>,
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "fanout",
        defaults: fanout::defaults,
        main: fanout::main,
    },
    Benchmark {
        name: "stalled",
        defaults: stalled::defaults,
        main: stalled::main,
    },
    Benchmark {
        name: "deflate",
        defaults: deflate::defaults,
        main: deflate::main,
    },
    Benchmark {
        name: "cut",
        defaults: cut::defaults,
        main: cut::main,
    },
    Benchmark {
        name: "kill",
        defaults: kill::defaults,
        main: kill::main,
    },
    Benchmark {
        name: "memory",
        defaults: memory::defaults,
        main: memory::main,
    },
    Benchmark {
        name: "past",
        defaults: past::defaults,
        main: past::main,
    },
];

type Main = fn(lexopt::Parser) -> Result<ExitCode>;

/// Those that put no load on a server, and so have other options.
const OTHERS: [(&str, Main); 3] = [
    ("page", page::main),
    ("chart", chart::main),
    ("history", history::main),
];

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let name = match arguments.next()? {
        Some(lexopt::Arg::Value(name)) => name.to_string_lossy().into_owned(),
        _ => bail!("say which benchmark: {}", names()),
    };
    if let Some((_, main)) = OTHERS.iter().find(|(known, _)| *known == name) {
        return main(arguments);
    }
    let Some(benchmark) = BENCHMARKS.iter().find(|known| known.name == name) else {
        bail!("there is no benchmark `{name}`; there are {}", names());
    };
    let options = (benchmark.defaults)().with(arguments)?;
    let programs = Programs::prepare(&options)?;
    println!("{}\n", machine::description());
    (benchmark.main)(&options, &programs)?;
    Ok(ExitCode::SUCCESS)
}

fn names() -> String {
    let mut names: Vec<_> = BENCHMARKS.iter().map(|known| known.name).collect();
    names.extend(OTHERS.map(|(name, _)| name));
    names.join(", ")
}
