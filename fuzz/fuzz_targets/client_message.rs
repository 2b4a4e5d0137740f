//! Any text from a viewer: it is read or refused, and what was read stays the same when written.

#![no_main]

use protocol::Request;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for read in [Request::parse, Request::parse_enveloped] {
        match read(text) {
            Ok(request) => assert_eq!(Request::parse(&request.to_json()), Ok(request)),
            Err(invalid) => {
                let error = invalid.into_error();
                assert!(!error.message.is_empty());
            }
        }
    }
});
