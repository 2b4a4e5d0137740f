//! Which compression a connection gets: the server's side of RFC 7692 section 5.
//!
//! Only `permessage-deflate` without context takeover is ever agreed to, and only with the full
//! window: a viewer with a smaller one would need separate frames.

mod offer;

use offer::{Offer, Parameter};

/// The answer to an offer that leaves the server's window alone.
const ANSWER: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The answer to an offer that names the server's window: it must be repeated (section 7.1.2.1).
const ANSWER_WITH_WINDOW: &str = "permessage-deflate; server_no_context_takeover; \
     client_no_context_takeover; server_max_window_bits=15";

/// Picks the first acceptable offer from the values of `Sec-WebSocket-Extensions`, in their order
/// (the header may come several times), and gives the value to answer with. `None`: no compression,
/// and no such header in the answer.
pub fn accept_deflate<'a>(
    header_values: impl IntoIterator<Item = &'a str>,
) -> Option<&'static str> {
    header_values
        .into_iter()
        .flat_map(offer::parse)
        .find_map(|offer| answer(&offer))
}

/// Declines an offer with any parameter that is unknown, doubled or out of range, as section 7.1
/// demands of a server.
fn answer(offer: &Offer<'_>) -> Option<&'static str> {
    if offer.name != "permessage-deflate" {
        return None;
    }
    let mut answer = ANSWER;
    for (index, parameter) in offer.parameters.iter().enumerate() {
        let seen = &offer.parameters[..index];
        if seen.iter().any(|earlier| earlier.name == parameter.name) || !acceptable(parameter) {
            return None;
        }
        if parameter.name == "server_max_window_bits" {
            answer = ANSWER_WITH_WINDOW;
        }
    }
    Some(answer)
}

fn acceptable(parameter: &Parameter<'_>) -> bool {
    let value = parameter.value.as_deref();
    match parameter.name {
        "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
        "server_max_window_bits" => value == Some("15"),
        // A smaller window of the client needs no support: any inflater reads it.
        "client_max_window_bits" => value.is_none_or(is_window_bits),
        _ => false,
    }
}

/// A decimal from 8 to 15 without leading zeroes (section 7.1.2).
fn is_window_bits(value: &str) -> bool {
    matches!(value, "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header_values: &[&str], expected: Option<&str>) {
        let answer = accept_deflate(header_values.iter().copied());
        assert_eq!(answer, expected, "{header_values:?}");
    }

    #[test]
    fn accepted() {
        for offer in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate;client_max_window_bits=8",
            "permessage-deflate ; client_max_window_bits = \"1\\5\"",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "x-webkit-deflate-frame, permessage-deflate",
            "permessage-deflate; server_max_window_bits=10, permessage-deflate",
            ",, permessage-deflate ,",
            "in valid; =, permessage-deflate",
            "x; quoted=\"a, permessage-bzip2\", permessage-deflate",
        ] {
            check(&[offer], Some(ANSWER));
        }
        check(
            &["permessage-deflate; server_max_window_bits=15"],
            Some(ANSWER_WITH_WINDOW),
        );
        check(
            &["permessage-deflate; server_max_window_bits=\"15\"; client_max_window_bits"],
            Some(ANSWER_WITH_WINDOW),
        );
        check(&["x-other", "permessage-deflate"], Some(ANSWER));
    }

    #[test]
    fn declined() {
        for offer in [
            "",
            "x-webkit-deflate-frame",
            "permessage-deflated",
            "permessage-deflate; server_max_window_bits=14",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=015",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=08",
            "permessage-deflate; client_max_window_bits=\"\"",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=\"\"",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
            "permessage-deflate; unknown",
            "permessage-deflate;",
            "permessage-deflate; ;",
            "permessage-deflate; client_max_window_bits=",
            "permessage-deflate; client_max_window_bits=\"15",
            "permessage-deflate server_no_context_takeover",
            "x; unterminated=\", permessage-deflate",
        ] {
            check(&[offer], None);
        }
        check(&[], None);
        check(&["permessage-deflate; unknown", "x-other"], None);
    }
}
