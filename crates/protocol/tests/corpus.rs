//! What the fuzzer tries first, on stable Rust: whatever a viewer sends is read or refused, and what
//! was read stays the same when written.

use protocol::Request;
use std::fs;
use std::path::Path;

#[test]
fn client_messages() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/client_message");
    let (mut read, mut refused) = (0, 0);
    for entry in fs::read_dir(&corpus)? {
        match Request::parse(&fs::read_to_string(entry?.path())?) {
            Ok(request) => {
                assert_eq!(Request::parse(&request.to_json()), Ok(request));
                read += 1;
            }
            Err(invalid) => {
                assert!(!invalid.into_error().message.is_empty());
                refused += 1;
            }
        }
    }
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
    Ok(())
}
