//! Reads what another version of the program wrote.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// For a field that another version may have written in another way: what can't be understood is the default,
/// and the other fields are kept (`#[serde(deserialize_with = "or_default")]`).
///
/// # Errors
/// When the text is no JSON.
pub fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
