//! The parameters that go with a rendered template, as the artifact bucket keeps them.
//!
//! They are kept with what their template says of them, because what it declares with `NoEcho` may be shown to nobody.

use serde::{Deserialize, Serialize};

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::StackParameter;

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    parameter: StackParameter,
    /// Absent of those that an older release kept: nobody can tell whether they are secrets.
    #[serde(rename = "NoEcho")]
    no_echo: Option<bool>,
}

/// Puts parameters under `key`, if there are any.
pub(super) async fn parameters_save(app: &App, key: &str, parameters: Vec<StackParameter>) -> Result<()> {
    if parameters.is_empty() {
        return Ok(());
    }
    let keep = |parameter: StackParameter| Kept { no_echo: Some(parameter.no_echo), parameter };
    let kept: Vec<_> = parameters.into_iter().map(keep).collect();
    let json = serde_json::to_vec(&kept).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(app.artifacts.put(key, json).await?)
}

/// The parameters under `key`; none where the template's manifest asks for none.
pub(crate) async fn stack_parameters(app: &App, key: &str) -> Result<Vec<StackParameter>> {
    let Some(json) = app.artifacts.get(key).await? else { return Ok(Vec::new()) };
    let kept: Vec<Kept> = serde_json::from_slice(&json).map_err(|error| Error::Internal(Box::new(error)))?;
    let parameter = |kept: Kept| StackParameter { no_echo: kept.no_echo.unwrap_or(true), ..kept.parameter };
    Ok(kept.into_iter().map(parameter).collect())
}
