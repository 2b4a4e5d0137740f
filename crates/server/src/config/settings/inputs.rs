//! Settings of what other programs report.

use crate::config::setting::{Default, Kind, Setting};
use crate::config::{check, checks, scrape};

pub(super) const INPUTS: &[Setting] = &[
    Setting::new(
        "statsd_listen",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "a loopback address with a port, as in 127.0.0.1:8125, or empty",
            check: checks::is_loopback_address,
        },
        "Address on which datagrams of StatsD are accepted",
    ),
    Setting::new(
        "self_metrics",
        Kind::Switch { default: true },
        "Whether Watchroom records how it is doing itself, as series `watchroom_…` of its host",
    ),
    Setting::new(
        "scrape",
        Kind::Tables {
            accepted: scrape::ACCEPTED,
            check: scrape::are_accepted,
        },
        "Targets that are scraped as by Prometheus; in the file each is a table `[[scrape]]`",
    ),
    Setting::new(
        "check",
        Kind::Tables {
            accepted: check::ACCEPTED,
            check: check::are_accepted,
        },
        "Targets that are probed, see [checks](checks.md); in the file each is a table `[[check]]`",
    ),
];
