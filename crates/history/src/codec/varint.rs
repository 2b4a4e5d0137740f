//! Varints of the chunk's header: seven bits a byte, least significant first, the eighth set if more follow.

use super::DecodeError;

pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, zigzag(number));
}

pub(super) fn take(bytes: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = take_byte(bytes)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(DecodeError::Invalid("a number without end"))
}

pub(super) fn take_signed(bytes: &mut &[u8]) -> Result<i64, DecodeError> {
    take(bytes).map(unzigzag)
}

pub(super) fn take_byte(bytes: &mut &[u8]) -> Result<u8, DecodeError> {
    let (first, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    *bytes = rest;
    Ok(*first)
}

/// Zigzag: 0, -1, 1, -2, 2 … become 0, 1, 2, 3, 4 …
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, -1, 63, -64, 64, 1_768_473_000_123, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, number);
            let mut rest = bytes.as_slice();
            assert_eq!(take_signed(&mut rest), Ok(number));
            assert!(rest.is_empty());
            assert_eq!(take_signed(&mut &bytes[1..]).is_err(), bytes.len() == 1);
        }
        assert!(take(&mut [0xff_u8; 11].as_slice()).is_err());
    }
}
