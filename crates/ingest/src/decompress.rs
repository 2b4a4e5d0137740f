use crate::BodyError;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// Decompresses gzip (RFC 1952), to at most `bytes_max`. Memory is taken as bytes come out, so that a bomb costs no more
/// than the limit.
///
/// # Errors
///
/// If it is not gzip, ends too early, or is longer.
pub fn gunzip(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let mut plain = Vec::with_capacity((body.len() * 4).min(bytes_max));
    let mut limited = MultiGzDecoder::new(body).take(bytes_max as u64 + 1);
    let read = limited.read_to_end(&mut plain);
    // What was too long may be valid or not.
    if plain.len() > bytes_max {
        return Err(BodyError::Long(bytes_max));
    }
    read.map_err(|_| BodyError::Compression("gzip"))?;
    Ok(plain)
}

/// Decompresses a block of Snappy, to at most `bytes_max`. The block says its length, which is checked first.
///
/// # Errors
///
/// If it is no such block, or is longer.
pub fn unsnap(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let invalid = |_| BodyError::Compression("Snappy (block format)");
    let length = snap::raw::decompress_len(body).map_err(invalid)?;
    if length > bytes_max {
        return Err(BodyError::Long(bytes_max));
    }
    // An element of three bytes makes at most 64 of them: a message that announces more is malformed.
    if length > body.len().saturating_mul(64) {
        return Err(BodyError::Compression("Snappy (block format)"));
    }
    snap::raw::Decoder::new()
        .decompress_vec(body)
        .map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::read::GzEncoder;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        let mut encoder = GzEncoder::new(bytes, Compression::best());
        encoder
            .read_to_end(&mut packed)
            .expect("memory does not fail");
        packed
    }

    #[test]
    fn gzip_is_decompressed_up_to_the_limit() {
        let packed = gzip(b"cpu value=1");
        assert_eq!(gunzip(&packed, 11).as_deref(), Ok(&b"cpu value=1"[..]));
        assert_eq!(gunzip(&packed, 10), Err(BodyError::Long(10)));
        let bomb = gzip(&vec![0; 10 << 20]);
        assert!(bomb.len() < 20_000);
        assert_eq!(gunzip(&bomb, 1 << 20), Err(BodyError::Long(1 << 20)));
        let invalid = Err(BodyError::Compression("gzip"));
        for body in [
            &b""[..],
            b"cpu value=1",
            &packed[..packed.len() - 3],
            &packed[..5],
        ] {
            assert_eq!(gunzip(body, 100), invalid, "{body:?}");
        }
        let two = [packed.as_slice(), packed.as_slice()].concat();
        assert_eq!(gunzip(&two, 100).map(|it| it.len()), Ok(22));
    }

    #[test]
    fn snappy_is_decompressed_up_to_the_limit() {
        let plain = vec![7; 10_000];
        let packed = snap::raw::Encoder::new()
            .compress_vec(&plain)
            .expect("packed");
        assert_eq!(unsnap(&packed, 10_000), Ok(plain));
        assert_eq!(unsnap(&packed, 9_999), Err(BodyError::Long(9_999)));
        let invalid = Err(BodyError::Compression("Snappy (block format)"));
        for body in [
            &b""[..],
            b"\xff\xff\xff\xff\x0f",
            &packed[..20],
            b"\x80\x80\x04a",
        ] {
            let result = unsnap(body, usize::MAX);
            assert_eq!(result, invalid, "{body:?}");
        }
    }
}
