//! Masking (RFC 6455 section 5.3): its own inverse, and the only work done on every byte a client
//! sends.

/// XORs the data with the key, starting at the key's first byte, eight bytes at a time.
pub(crate) fn apply(data: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide_key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = data.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide_key).to_ne_bytes();
    }
    for (byte, key_byte) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key_byte;
    }
}

/// The key for what follows `len` masked bytes of the same frame.
pub(crate) fn advance(mut key: [u8; 4], len: usize) -> [u8; 4] {
    key.rotate_left(len % 4);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_for_any_split() {
        let key = [0x37, 0xFA, 0x21, 0x3D];
        let data: Vec<u8> = (0..67).collect();
        let naive: Vec<u8> = (data.iter().zip(key.iter().cycle()))
            .map(|(byte, key_byte)| byte ^ key_byte)
            .collect();

        for split in 0..=data.len() {
            let mut masked = data.clone();
            let (head, tail) = masked.split_at_mut(split);
            apply(head, key);
            apply(tail, advance(key, split));
            assert_eq!(masked, naive, "split at {split}");
        }
    }
}
