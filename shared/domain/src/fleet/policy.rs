//! Update policies: whether, and when, a resource follows its template by itself.
//!
//! A policy may be set on a template, a service and a resource, by API or by tag. The one that is closest to the resource
//! wins, mode and windows each by itself, and the API wins over a tag: so an owner always decides over the template's
//! author. A tag that can't be read counts as `pinned`: nobody is touched because of a typing error.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::window::{InvalidWindow, MaintenanceWindow};
use crate::tag::Tags;

/// What a resource does about newer versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateMode {
    /// Is listed as behind, and told; fleet updates that somebody starts include it. The default.
    Recommend,
    /// As that, and goes to a new minor version by itself.
    AutoMinor,
    /// Stays where it is, whoever starts a fleet update.
    Pinned,
}

impl UpdateMode {
    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recommend => "RECOMMEND",
            Self::AutoMinor => "AUTO_MINOR",
            Self::Pinned => "PINNED",
        }
    }

    /// As the tag writes it: `recommend`, `auto-minor`, `pinned`.
    #[must_use]
    pub fn from_tag(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "recommend" => Some(Self::Recommend),
            "auto-minor" => Some(Self::AutoMinor),
            "pinned" => Some(Self::Pinned),
            _ => None,
        }
    }
}

/// A policy that was set by API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePolicy {
    /// What to do about newer versions.
    pub mode: UpdateMode,
    /// When; without any, those of the next policy count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    windows: Vec<MaintenanceWindow>,
}

/// More windows than a policy holds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a policy holds at most 10 maintenance windows, but {0} are given")]
pub struct TooManyWindows(pub usize);

impl UpdatePolicy {
    /// A policy.
    ///
    /// # Errors
    /// [`TooManyWindows`] for more than [`MaintenanceWindow::MOST`].
    pub fn new(mode: UpdateMode, windows: Vec<MaintenanceWindow>) -> Result<Self, TooManyWindows> {
        if windows.len() > MaintenanceWindow::MOST {
            return Err(TooManyWindows(windows.len()));
        }
        Ok(Self { mode, windows })
    }

    /// Its windows.
    #[must_use]
    pub fn windows(&self) -> &[MaintenanceWindow] {
        &self.windows
    }
}

/// What set a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyOrigin {
    /// The resource.
    Resource,
    /// The service that it belongs to.
    Service,
    /// Its template.
    Template,
    /// Nobody.
    Default,
}

/// The policy that holds for a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectivePolicy {
    /// What it does about newer versions.
    pub mode: UpdateMode,
    /// When it may be touched; always, when there are none.
    pub windows: Vec<MaintenanceWindow>,
    /// Where the mode comes from.
    pub origin: PolicyOrigin,
    /// What is wrong with a tag; the mode is [`UpdateMode::Pinned`] then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Default for EffectivePolicy {
    fn default() -> Self {
        Self {
            mode: UpdateMode::Recommend,
            windows: Vec::new(),
            origin: PolicyOrigin::Default,
            problem: None,
        }
    }
}

/// What one thing says about the policy of a resource.
#[derive(Debug, Clone, Copy)]
pub struct PolicyLayer<'a> {
    /// What the thing is.
    pub origin: PolicyOrigin,
    /// Set by API.
    pub policy: Option<&'a UpdatePolicy>,
    /// Its tags.
    pub tags: &'a Tags,
}

impl PolicyLayer<'_> {
    /// The tag that sets the mode.
    pub const MODE_TAG: &'static str = "protium:update-policy";
    /// The tag that sets one window.
    pub const WINDOW_TAG: &'static str = "protium:maintenance-window";

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    fn mode(&self) -> Result<Option<UpdateMode>, String> {
        if let Some(policy) = self.policy {
            return Ok(Some(policy.mode));
        }
        let Some(text) = self.tag(Self::MODE_TAG) else { return Ok(None) };
        UpdateMode::from_tag(text).map(Some).ok_or_else(|| {
            format!(
                "the tag {} says '{text}', which is none of recommend, auto-minor and pinned",
                Self::MODE_TAG
            )
        })
    }

    fn windows(&self) -> Result<Option<Vec<MaintenanceWindow>>, String> {
        if let Some(policy) = self.policy.filter(|policy| !policy.windows.is_empty()) {
            return Ok(Some(policy.windows.clone()));
        }
        // Tags hold no comma, so that one tag names one day, or `daily`.
        let Some(text) = self.tag(Self::WINDOW_TAG) else { return Ok(None) };
        let window: Result<MaintenanceWindow, InvalidWindow> = text.parse();
        window
            .map(|window| Some(vec![window]))
            .map_err(|error| format!("the tag {}: {error}", Self::WINDOW_TAG))
    }
}

/// The policy that holds for a resource, of `layers` from the closest to the farthest.
#[must_use]
pub fn effective_policy(layers: &[PolicyLayer<'_>]) -> EffectivePolicy {
    let mut found = EffectivePolicy::default();
    let (mut mode, mut windows) = (None, None);
    for layer in layers {
        if mode.is_none() {
            mode = layer.mode().unwrap_or_else(|problem| {
                found.problem = Some(problem);
                Some(UpdateMode::Pinned)
            });
            found.origin = if mode.is_some() { layer.origin } else { found.origin };
        }
        if windows.is_none() {
            windows = layer.windows().unwrap_or_else(|problem| {
                (found.problem, found.origin) = (Some(problem), layer.origin);
                mode = Some(UpdateMode::Pinned);
                None
            });
        }
    }
    found.mode = mode.unwrap_or(found.mode);
    found.windows = windows.unwrap_or_default();
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        Tags::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).expect("valid")
    }

    fn policy(mode: UpdateMode) -> UpdatePolicy {
        UpdatePolicy::new(mode, Vec::new()).expect("few windows")
    }

    const MODE: &str = PolicyLayer::MODE_TAG;
    const WINDOW: &str = PolicyLayer::WINDOW_TAG;

    #[rstest]
    #[case(None, &[], None, &[], UpdateMode::Recommend, PolicyOrigin::Default)]
    #[case(None, &[], None, &[(MODE, "auto-minor")], UpdateMode::AutoMinor, PolicyOrigin::Template)]
    #[case(None, &[], Some(UpdateMode::Pinned), &[(MODE, "auto-minor")], UpdateMode::Pinned, PolicyOrigin::Template)]
    #[case(None, &[(MODE, "Recommend")], Some(UpdateMode::AutoMinor), &[], UpdateMode::Recommend, PolicyOrigin::Resource)]
    #[case(Some(UpdateMode::AutoMinor), &[(MODE, "pinned")], None, &[], UpdateMode::AutoMinor, PolicyOrigin::Resource)]
    #[case(None, &[(MODE, "pined")], Some(UpdateMode::AutoMinor), &[], UpdateMode::Pinned, PolicyOrigin::Resource)]
    #[case(None, &[(WINDOW, "late")], Some(UpdateMode::AutoMinor), &[], UpdateMode::Pinned, PolicyOrigin::Resource)]
    fn the_closest_policy_wins(
        #[case] own: Option<UpdateMode>,
        #[case] own_tags: &[(&str, &str)],
        #[case] template: Option<UpdateMode>,
        #[case] template_tags: &[(&str, &str)],
        #[case] mode: UpdateMode,
        #[case] origin: PolicyOrigin,
    ) {
        let (own, template) = (own.map(policy), template.map(policy));
        let (own_tags, template_tags) = (tags(own_tags), tags(template_tags));
        let found = effective_policy(&[
            PolicyLayer { origin: PolicyOrigin::Resource, policy: own.as_ref(), tags: &own_tags },
            PolicyLayer { origin: PolicyOrigin::Template, policy: template.as_ref(), tags: &template_tags },
        ]);
        assert_eq!((found.mode, found.origin), (mode, origin), "{found:?}");
    }

    #[test]
    fn windows_are_inherited_by_themselves() {
        let (own, template) =
            (tags(&[(MODE, "auto-minor")]), tags(&[(MODE, "pinned"), (WINDOW, "sat 02:00/4h")]));
        let found = effective_policy(&[
            PolicyLayer { origin: PolicyOrigin::Resource, policy: None, tags: &own },
            PolicyLayer { origin: PolicyOrigin::Template, policy: None, tags: &template },
        ]);
        assert_eq!(found.mode, UpdateMode::AutoMinor);
        assert_eq!(found.windows, ["sat 02:00/4h".parse().expect("a window")]);
    }
}
