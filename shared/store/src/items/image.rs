//! Intents in the table's stream.

use protium_app::ports::{Entity, PortError};
use protium_domain::intent::Intent;

use super::decode_any;

/// The intent in an image of the table's stream: the `NewImage` of an item whose sort key begins with
/// [`crate::keys::INTENT_SORT_PREFIX`].
///
/// Takes what `aws_lambda_events` has as `new_image`, which is [`serde_dynamo::Item`], and any map of attribute values
/// that serde_dynamo knows. DynamoDB's JSON (`{"pk": {"S": "…"}}`) is read into an [`serde_dynamo::Item`] by serde.
///
/// # Errors
/// [`PortError::Unreadable`] when it isn't an intent, or one of a format that this version of Protium doesn't know.
pub fn intent_from_image(image: impl Into<serde_dynamo::Item>) -> Result<Intent, PortError> {
    match decode_any(image.into())? {
        Entity::Intent(intent) => Ok(intent),
        other => Err(PortError::Unreadable(format!("the record {:?} is no intent", other.key()))),
    }
}
