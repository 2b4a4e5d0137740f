//! Settings for a server that other machines reach.

use super::COUNT_MAX;
use crate::config::checks;
use crate::config::setting::{Default, Kind, Setting};

pub(super) const NETWORK: &[Setting] = &[
    Setting::new(
        "tls_cert",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "the path of a PEM file, together with `tls_key` and without `tls_self_signed`, or empty",
            check: checks::is_any,
        },
        "Certificate of the server with its intermediate certificates, as PEM; with it, the server answers \
         only HTTPS. The files are read again when they change",
    )
    .flag("--tls-cert", "FILE"),
    Setting::new(
        "tls_key",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "the path of a PEM file, together with `tls_cert`, or empty",
            check: checks::is_any,
        },
        "Private key of the certificate, as PEM",
    )
    .flag("--tls-key", "FILE"),
    Setting::new(
        "tls_self_signed",
        Kind::Switch { default: false },
        "Whether the server makes a certificate for itself, which browsers warn about; it is in the data \
         directory",
    )
    .flag("--tls-self-signed", "true|false"),
    Setting::new(
        "trusted_proxies",
        Kind::List {
            accepted: "addresses or networks, as in 127.0.0.1 or 10.0.0.0/8",
            check: checks::is_network,
        },
        "Reverse proxies whose `Forwarded` or `X-Forwarded-…` headers are believed; those of others are ignored",
    )
    .flag("--trusted-proxy", "ADDRESS"),
    Setting::new(
        "proxy_protocol",
        Kind::Switch { default: false },
        "Whether every connection of a trusted proxy starts with a header of the PROXY protocol (version 1 or 2), \
         which tells the client's address; only with `trusted_proxies`",
    ),
    Setting::new(
        "base_path",
        Kind::Text {
            default: Default::Fixed(""),
            accepted: "a path that starts with a slash and ends without one, of letters and digits of ASCII, `-`, \
                       `_`, `.` and `/`, as in /watch, or empty",
            check: checks::is_base_path,
        },
        "Path below which everything is served",
    )
    .flag("--base-path", "PATH"),
    Setting::new(
        "allow_plain_http",
        Kind::Switch { default: false },
        "Whether other machines may connect without TLS and without a trusted proxy; everybody between them \
         and the server can then read and change what is sent",
    )
    .flag("--allow-plain-http", "true|false"),
];

pub(super) const CONNECTIONS: &[Setting] = &[
    Setting::integer(
        "limits.connections_per_address",
        500,
        1..=COUNT_MAX,
        "HTTP connections from one address, without WebSockets; trusted proxies are exempt, and loopback while login is off",
    )
    .reloads(),
    Setting::integer(
        "limits.requests_per_second",
        100,
        1..=COUNT_MAX,
        "Requests from one address in a second, steadily; loopback is exempt while login is off",
    )
    .reloads(),
    Setting::integer(
        "limits.requests_burst",
        1_000,
        1..=COUNT_MAX,
        "Requests from one address at once",
    )
    .reloads(),
    Setting::integer(
        "limits.requests_per_second_per_account",
        1_000,
        1..=COUNT_MAX,
        "Requests of one user, with all its sessions and tokens, or of one token without a user, in a second, steadily, \
         from however many addresses",
    )
    .reloads(),
    Setting::integer(
        "limits.requests_burst_per_account",
        5_000,
        1..=COUNT_MAX,
        "Requests of one account at once",
    )
    .reloads(),
];
