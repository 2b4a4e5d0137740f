//! Reads messages as the page does, for a test that compares them with what was written. Not in what the page
//! loads.
use crate::kit::json::Json;
use protocol::{Received, splice_position};
use wasm_bindgen::prelude::*;

/// A message that was read, written again.
///
/// # Errors
///
/// If the message cannot be read.
#[wasm_bindgen]
pub fn reread(text: &str) -> Result<String, JsError> {
    let received = Received::read(&Json::new(text));
    let message = received
        .message
        .map_err(|why| JsError::new(&format!("{why:?}")))?;
    let json = message.to_json();
    Ok(match received.position {
        Some(position) => splice_position(&json, position),
        None => json,
    })
}
