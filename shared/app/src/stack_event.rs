//! News of a stack: wakes the deployment that waits for it.
//!
//! The news itself is not believed. It only makes the state machine look at the stack now rather than in five minutes,
//! so a forged, repeated or late event costs one look and nothing else.

use protium_domain::token::StackWait;

use crate::context::App;
use crate::error::Result;
use crate::ports::{Key, StoreExt};
use crate::provision::StepOutcome;

/// Wakes whoever waits for the stack with this ARN. A stack that nobody waits for is none of our business.
///
/// # Errors
/// [`crate::Error`] when a port fails; the event is delivered again then.
pub async fn heard(app: &App, stack_arn: &str) -> Result<()> {
    match stack_name(stack_arn) {
        Some(name) => wake(app, name).await,
        None => Ok(()),
    }
}

/// Lets the deployment that waits for the stack of this name look at it now.
pub(crate) async fn wake(app: &App, stack_name: &str) -> Result<()> {
    let wait: Option<StackWait> = app.store.find(Key::StackWait(stack_name.to_owned())).await?;
    let Some(wait) = wait else { return Ok(()) };
    let output = serde_json::json!(StepOutcome::Wait);
    Ok(app.task_tokens.resume(&wait.task_token, output).await?)
}

/// The name in `arn:…:stack/NAME/UUID`.
fn stack_name(arn: &str) -> Option<&str> {
    arn.split_once(":stack/")?.1.split('/').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_from_the_arn() {
        let arn = "arn:aws:cloudformation:eu-west-1:111122223333:stack/AWSProton-net-X/5a1b";
        assert_eq!(stack_name(arn), Some("AWSProton-net-X"));
        assert_eq!(stack_name("arn:aws:s3:::bucket"), None);
        assert_eq!(stack_name("arn:aws:cloudformation:r:a:stack/"), None);
    }
}
