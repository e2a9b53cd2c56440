//! Ready sets of policies for platform engineers, developers and readers: the files of `infra/policies`.
//!
//! As they are, they let in roles of certain names. [`bound`] puts the names of others there.

use std::fmt::Write;

use thiserror::Error;

use crate::accepted::PolicyFile;

/// Whom a ready set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Those who run the platform: everything.
    PlatformEngineers,
    /// Those who deploy services.
    Developers,
    /// Those who look.
    Readers,
}

impl Audience {
    /// All.
    pub const ALL: [Self; 3] = [Self::PlatformEngineers, Self::Developers, Self::Readers];

    /// Its file's name.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::PlatformEngineers => "platform-engineers.cedar",
            Self::Developers => "developers.cedar",
            Self::Readers => "readers.cedar",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::PlatformEngineers => include_str!("../../../infra/policies/platform-engineers.cedar"),
            Self::Developers => include_str!("../../../infra/policies/developers.cedar"),
            Self::Readers => include_str!("../../../infra/policies/readers.cedar"),
        }
    }

    /// Whom the file lets in as it is.
    const fn condition(self) -> &'static str {
        match self {
            Self::PlatformEngineers => "principal.role == \"protium-platform-engineers\"",
            Self::Developers => "principal.role == \"protium-developers\"",
            Self::Readers => "principal.role == \"protium-readers\"",
        }
    }

    /// The ready file.
    #[must_use]
    pub fn ready(self) -> PolicyFile {
        PolicyFile { name: self.file().to_owned(), text: self.text().to_owned() }
    }
}

/// Someone that a set can be bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    attribute: &'static str,
    name: String,
}

/// What names neither a role nor a user.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "'{0}' names neither a role nor a user: write role/NAME, user/NAME or an ARN of one; * stands for anything"
)]
pub struct NoMember(String);

impl std::str::FromStr for Member {
    type Err = NoMember;

    /// Reads `role/NAME`, `role/PATH/NAME`, `user/NAME` or a whole ARN. Paths are left out: callers come without.
    fn from_str(text: &str) -> Result<Self, NoMember> {
        let refused = || NoMember(text.to_owned());
        let tail =
            if text.starts_with("arn:") { text.splitn(6, ':').nth(5).unwrap_or_default() } else { text };
        let (kind, name) = tail.split_once('/').ok_or_else(refused)?;
        let attribute = match kind {
            "role" => "role",
            "user" => "user",
            _ => return Err(refused()),
        };
        let name = name.rsplit('/').next().unwrap_or_default();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-*".contains(&byte);
        if name.is_empty() || !name.bytes().all(allowed) {
            return Err(refused());
        }
        Ok(Self { attribute, name: name.to_owned() })
    }
}

impl Member {
    /// The condition that lets them in. Names hold no quotes: reading them saw to that.
    fn condition(&self) -> String {
        let operator = if self.name.contains('*') { "like" } else { "==" };
        format!("principal.{} {operator} \"{}\"", self.attribute, self.name)
    }
}

/// The ready set for these members; nothing without any.
#[must_use]
pub fn bound(audience: Audience, members: &[Member]) -> Option<PolicyFile> {
    let (first, others) = members.split_first()?;
    let mut condition = first.condition();
    for other in others {
        let _ = write!(condition, " ||\n   {}", other.condition());
    }
    if !others.is_empty() {
        condition = format!("({condition})");
    }
    let text = audience.text().replace(audience.condition(), &condition);
    Some(PolicyFile { name: audience.file().to_owned(), text })
}
