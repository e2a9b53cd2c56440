//! What a caller reads who may not, in AWS's words (behaviour 14).

use std::fmt;

/// A call that policies don't allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The ARN of the caller.
    pub principal: String,
    /// The action, such as `proton:CreateEnvironment`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The policies that forbid it; none when it's just that no policy allows it. For operators, not for the caller.
    pub forbidden_by: Vec<String>,
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource, forbidden_by } = self;
        write!(
            formatter,
            "User: {principal} is not authorized to perform: {action} on resource: {resource} "
        )?;
        if forbidden_by.is_empty() {
            write!(formatter, "because no policy allows the {action} action")
        } else {
            formatter.write_str("with an explicit deny in a policy")
        }
    }
}

impl std::error::Error for Denial {}
