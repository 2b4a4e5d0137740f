//! Paths that lead out of the folder of files, as their server might read them.

use super::case::Case;
use super::target::Target;

const PREFIXES: [&str; 6] = ["/", "/pkg/", "/fonts/", "/api/", "/api/v1/", "/ws/"];

const TARGETS: [&str; 4] = [
    "etc/passwd",
    "proc/self/environ",
    "Cargo.toml",
    "watchroom.db",
];

/// As they would be written to pass a check that decodes them once, twice, or not at all.
const CLIMBS: [&str; 12] = [
    "../",
    "%2e%2e/",
    "..%2f",
    "%2e%2e%2f",
    "..%5c",
    "..\\",
    "....//",
    "..;/",
    "%252e%252e%252f",
    "..%c0%af",
    "..%ef%bc%8f",
    "./../",
];

/// Every case.
pub(super) fn cases(target: &Target) -> Vec<Case> {
    let get = |path: String| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n",
            target.address(),
            target.credentials.0
        );
        Case::any_of(format!("path: {path}"), request, &[400, 404])
    };
    let mut cases = Vec::new();
    for prefix in PREFIXES {
        for climb in CLIMBS {
            for target in TARGETS {
                cases.push(get(format!("{prefix}{}{target}", climb.repeat(8))));
            }
        }
        for odd in [
            "//etc/passwd",
            "%2fetc%2fpasswd",
            "/etc/passwd%00.js",
            "a/../../../../etc/passwd",
            "%00",
            "%",
            "%zz",
            "%ff",
            "file:///etc/passwd",
            "C:%5cWindows%5cwin.ini",
            "con",
            ".git/config",
            ".env",
        ] {
            cases.push(get(format!("{prefix}{odd}")));
        }
    }
    cases
}
