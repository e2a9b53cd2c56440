//! CloudWatch alarms, as far as a fleet update watches them.

use async_trait::async_trait;

use super::PortError;

/// CloudWatch alarms of the installation's account and region.
#[async_trait]
pub trait Alarms: Send + Sync {
    /// Those of `alarms`, each a name or an ARN, that are in ALARM now, as they were given. One that doesn't exist, or lies
    /// in another account or region, counts as ringing and says so: nobody would hear it.
    ///
    /// # Errors
    /// [`PortError`] when CloudWatch fails.
    async fn ringing(&self, alarms: &[String]) -> Result<Vec<String>, PortError>;
}
