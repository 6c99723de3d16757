//! A router's own state in its file: an object of JSON, checked when it is read.

use rb_record::error::{Error, Kind, Result};
use serde::de::DeserializeOwned;
use serde::Serialize;

/// A router's state as JSON.
pub fn write_state<T: Serialize>(state: &T) -> Result<String> {
    serde_json::to_string(state).map_err(|e| cannot_write(&e))
}

/// A router's state from JSON; a broken one is an error of the router file.
pub fn read_state<T: DeserializeOwned>(state: &str) -> Result<T> {
    // A derived reader would take an array of the members' values too.
    if !state.starts_with('{') {
        return Err(Error::router_file(
            "damaged router file (the state is no object); fit and save the router again",
        ));
    }
    serde_json::from_str(state).map_err(|e| {
        Error::router_file(format!(
            "damaged router file ({e}); fit and save the router again"
        ))
    })
}

/// Refuses numbers of a state that are not finite.
pub fn check_finite(what: &str, values: &[f64]) -> Result<()> {
    if values.iter().all(|v| v.is_finite()) {
        Ok(())
    } else {
        Err(Error::router_file(format!(
            "{what} holds a number that is not finite; fit and save the router again"
        )))
    }
}

/// The fault of something that JSON cannot hold.
pub(super) fn cannot_write(e: &serde_json::Error) -> Error {
    Error::new(Kind::Io, format!("the router cannot be written: {e}"))
}
