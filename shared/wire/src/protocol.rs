//! AWS JSON 1.0: from target, content type and body to a typed input.
//!
//! Two steps, because the first needs no types and the second does: [`request`] says which operation is asked for and
//! reads the JSON; [`decode`], called by the handler that knows the type, checks it against the model.

use crate::{
    error::{CONTENT_TYPE, ErrorCode, WireError},
    operations::{Interface, Operation},
    shape::Shaped,
    validate,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Bytes that the body of a request may have: 1 MiB. The largest input the model allows stays far below.
pub const BODY_LIMIT: usize = 1_048_576;

/// Reads which operation is asked for, and the JSON of its input. A missing or empty body counts as `{}`.
///
/// # Errors
///
/// `RequestEntityTooLargeException` (413) for a body over [`BODY_LIMIT`], `UnsupportedMediaTypeException` (415) for
/// another content type than `application/x-amz-json-1.0`, `UnknownOperationException` for a target that Proton
/// doesn't have, `SerializationException` for what is no JSON.
pub fn request(
    target: Option<&str>,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(Operation, Value), WireError> {
    if body.len() > BODY_LIMIT {
        let message =
            format!("The request body has {} bytes; at most {BODY_LIMIT} are accepted.", body.len());
        return Err(WireError::new(ErrorCode::RequestEntityTooLarge, message));
    }
    content_type_check(content_type)?;
    let operation = target.and_then(Operation::from_target).ok_or_else(|| unknown_operation(target))?;
    Ok((operation, body_parse(body)?))
}

/// Checks the JSON of an input against the model and makes it a `T`.
///
/// # Errors
///
/// `SerializationException` for values of another JSON type than the model's, else `ValidationException` with all
/// broken constraints.
pub fn decode<T: Shaped + DeserializeOwned>(value: &Value) -> Result<T, WireError> {
    let known = validate::check(value, T::shape())?;
    // The check has seen to all that serde wants; its own message could quote sensitive values, so it isn't shown.
    T::deserialize(known).map_err(|_| {
        WireError::new(ErrorCode::Serialization, format!("The request is no valid {}.", T::shape().name))
    })
}

/// The body of the answer to a successful request.
///
/// # Errors
///
/// `InternalServerException` when `answer` can't be written as JSON, which no type of this crate does.
pub fn encode<T: Serialize>(answer: &T) -> Result<String, WireError> {
    serde_json::to_string(answer)
        .map_err(|_| WireError::new(ErrorCode::InternalServer, "The answer could not be written as JSON."))
}

fn content_type_check(content_type: Option<&str>) -> Result<(), WireError> {
    let given = content_type.unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Ok(());
    }
    let found = if given.is_empty() { "none".to_owned() } else { format!("'{}'", excerpt(given)) };
    let message = format!("The Content-Type header must be '{CONTENT_TYPE}', but is {found}.");
    Err(WireError::new(ErrorCode::UnsupportedMediaType, message))
}

fn unknown_operation(target: Option<&str>) -> WireError {
    let message = match target {
        Some(target) => format!("'{}' is no operation of Proton.", excerpt(target)),
        None => format!(
            "The X-Amz-Target header is missing; it names the operation as '{}.<Operation>'.",
            Interface::Proton.target_prefix()
        ),
    };
    WireError::new(ErrorCode::UnknownOperation, message)
}

fn body_parse(body: &[u8]) -> Result<Value, WireError> {
    if body.trim_ascii().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        // Where, not what: serde's message may quote the body.
        let message =
            format!("The request body is no valid JSON at line {}, column {}.", error.line(), error.column());
        WireError::new(ErrorCode::Serialization, message)
    })?;
    Ok(if value.is_null() { Value::Object(Map::new()) } else { value })
}

/// The beginning of what a caller sent, as far as a message repeats it.
fn excerpt(text: &str) -> String {
    text.chars().take(100).collect()
}
