use std::fmt::Write;

use crate::StoreError;

/// An identifier that was never used before: 64 random bits.
pub(crate) fn new_epoch() -> Result<String, StoreError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| StoreError::Faulty(error.to_string()))?;
    let mut epoch = String::with_capacity(random.len() * 2);
    for byte in random {
        // Writing to a string cannot fail.
        let _ = write!(epoch, "{byte:02x}");
    }
    Ok(epoch)
}
