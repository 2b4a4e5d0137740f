//! The fuzzer's corpus on stable Rust: every text is parsed or rejected, and a parsed request round-trips.

use protocol::Request;
use std::fs;
use std::path::Path;

#[test]
fn client_messages() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/client_message");
    let (mut parsed, mut rejected) = (0, 0);
    for entry in fs::read_dir(&corpus)? {
        match Request::parse(&fs::read_to_string(entry?.path())?) {
            Ok(request) => {
                assert_eq!(Request::parse(&request.to_json()), Ok(request));
                parsed += 1;
            }
            Err(invalid) => {
                assert!(!invalid.into_error().message.is_empty());
                rejected += 1;
            }
        }
    }
    assert!(
        parsed > 0 && rejected > 0,
        "{parsed} parsed, {rejected} rejected"
    );
    Ok(())
}
