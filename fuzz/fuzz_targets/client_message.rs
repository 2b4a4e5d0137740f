//! Arbitrary text as a request: it is parsed or rejected, and a parsed request round-trips.

#![no_main]

use protocol::Request;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for parse in [Request::parse, Request::parse_enveloped] {
        match parse(text) {
            Ok(request) => assert_eq!(Request::parse(&request.to_json()), Ok(request)),
            Err(invalid) => {
                let error = invalid.into_error();
                assert!(!error.message.is_empty());
            }
        }
    }
});
