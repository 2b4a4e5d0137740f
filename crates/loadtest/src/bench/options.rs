use clap::Args;
use clap::builder::RangedU64ValueParser;

/// Options of the scenarios that compare medians of several runs.
#[derive(Args)]
pub(super) struct Runs {
    /// Messages a second.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rate: u32,
    /// How long each run is measured, in seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(super) seconds: u32,
    /// How often each server runs; medians are shown.
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(super) runs: usize,
}
