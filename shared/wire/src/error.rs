//! Errors in the form in which Proton's clients expect them (behaviour 0 and 14).
//!
//! What a caller may read is a [`WireError`]. What operators need beyond that is logged where it happens and never
//! put into one.

use serde_json::json;
use std::fmt;

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Namespace of the errors that the model declares.
const SERVICE_NAMESPACE: &str = "com.amazonaws.proton.v20200720";
/// Namespace in which AWS reports errors of the protocol itself.
const PROTOCOL_NAMESPACE: &str = "com.amazon.coral.service";

/// The class of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// The caller may not do this.
    AccessDenied,
    /// Wrong state, busy, has dependants, or exists already.
    Conflict,
    /// Something broke on our side.
    InternalServer,
    /// What the request names doesn't exist.
    ResourceNotFound,
    /// The account has as many as it may have.
    ServiceQuotaExceeded,
    /// Too much at once; the one error that the model calls retryable.
    Throttling,
    /// The input breaks a constraint or doesn't make sense.
    Validation,
    /// The body is no JSON, or has a value of another type than the model.
    Serialization,
    /// The target names no operation of Proton.
    UnknownOperation,
    /// The body has a content type other than [`CONTENT_TYPE`].
    UnsupportedMediaType,
    /// The body is larger than [`crate::protocol::BODY_LIMIT`].
    RequestEntityTooLarge,
    /// An operation that this version doesn't carry out yet.
    NotImplemented,
}

impl ErrorCode {
    /// The errors that the model declares; all others belong to the protocol.
    pub const MODELLED: &'static [Self] = &[
        Self::AccessDenied,
        Self::Conflict,
        Self::InternalServer,
        Self::ResourceNotFound,
        Self::ServiceQuotaExceeded,
        Self::Throttling,
        Self::Validation,
    ];

    /// The name clients know it by, e.g. `ConflictException`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::Conflict => "ConflictException",
            Self::InternalServer => "InternalServerException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::ServiceQuotaExceeded => "ServiceQuotaExceededException",
            Self::Throttling => "ThrottlingException",
            Self::Validation => "ValidationException",
            Self::Serialization => "SerializationException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::UnsupportedMediaType => "UnsupportedMediaTypeException",
            Self::RequestEntityTooLarge => "RequestEntityTooLargeException",
            Self::NotImplemented => "NotImplementedException",
        }
    }

    /// HTTP status: 400 for whatever the caller can mend, also not-found and throttling (behaviour 0).
    pub const fn status(self) -> u16 {
        match self {
            Self::InternalServer => 500,
            Self::NotImplemented => 501,
            Self::RequestEntityTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            _ => 400,
        }
    }

    /// Whether the caller, rather than Protium, has to do something about it.
    pub const fn is_client_fault(self) -> bool {
        self.status() < 500
    }

    fn namespace(self) -> &'static str {
        if Self::MODELLED.contains(&self) { SERVICE_NAMESPACE } else { PROTOCOL_NAMESPACE }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error as the caller sees it.
///
/// `Display` gives the text for the caller. `Debug` leaves it out, because the model calls error messages sensitive
/// (they may quote a specification) and `Debug` is what ends in logs.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct WireError {
    /// Its class.
    pub code: ErrorCode,
    /// What happened, where, and what to do; for people.
    pub message: String,
}

impl fmt::Debug for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WireError({}, ***)", self.code)
    }
}

impl WireError {
    /// An error of that class with that text.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The answer that carries the error.
    pub fn response(&self) -> ErrorResponse {
        let kind = format!("{}#{}", self.code.namespace(), self.code);
        ErrorResponse {
            status: self.code.status(),
            headers: [("content-type", CONTENT_TYPE), ("x-amzn-errortype", self.code.name())],
            body: json!({"__type": kind, "message": self.message}).to_string(),
        }
    }
}

/// An error as an HTTP answer.
///
/// ```
/// use protium_wire::error::{ErrorCode, WireError};
/// let response = WireError::new(ErrorCode::Conflict, "busy").response();
/// assert_eq!(response.status, 400);
/// assert_eq!(response.body, r#"{"__type":"com.amazonaws.proton.v20200720#ConflictException","message":"busy"}"#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: [(&'static str, &'static str); 2],
    /// JSON body.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(ErrorCode::ResourceNotFound, 400, "com.amazonaws.proton.v20200720#ResourceNotFoundException")]
    #[case(ErrorCode::Throttling, 400, "com.amazonaws.proton.v20200720#ThrottlingException")]
    #[case(ErrorCode::InternalServer, 500, "com.amazonaws.proton.v20200720#InternalServerException")]
    #[case(ErrorCode::NotImplemented, 501, "com.amazon.coral.service#NotImplementedException")]
    #[case(ErrorCode::UnknownOperation, 400, "com.amazon.coral.service#UnknownOperationException")]
    #[case(ErrorCode::RequestEntityTooLarge, 413, "com.amazon.coral.service#RequestEntityTooLargeException")]
    #[case(ErrorCode::UnsupportedMediaType, 415, "com.amazon.coral.service#UnsupportedMediaTypeException")]
    fn clients_tell_the_class_from_status_header_and_body(
        #[case] code: ErrorCode,
        #[case] status: u16,
        #[case] kind: &str,
    ) {
        let response = WireError::new(code, "why").response();
        assert_eq!(response.status, status);
        assert!(response.headers.contains(&("content-type", "application/x-amz-json-1.0")));
        assert!(response.headers.contains(&("x-amzn-errortype", code.name())));
        assert_eq!(response.body, format!(r#"{{"__type":"{kind}","message":"why"}}"#));
    }

    #[test]
    fn debug_keeps_the_text_out_of_logs() {
        assert_eq!(
            format!("{:?}", WireError::new(ErrorCode::Validation, "secret")),
            "WireError(ValidationException, ***)"
        );
    }
}
