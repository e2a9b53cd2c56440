//! The conditions of writes, in the words of [`Write`].

use protium_app::ports::{Entity, Write};
use protium_domain::time::Timestamp;

/// Whether the condition of `write` holds for the record that is there now.
pub(super) fn holds(write: &Write, present: Option<&Entity>) -> bool {
    match write {
        Write::Create(_) => present.is_none(),
        Write::Replace(_, revision) | Write::Delete(_, revision) => {
            present.and_then(Entity::revision) == Some(*revision)
        }
        Write::Put(_) | Write::Remove(_) => true,
        Write::Claim(_, now) => match present {
            Some(Entity::ClientToken(token)) => token.expires_at <= *now,
            other => other.is_none(),
        },
        Write::Count(_, _, None) => true,
        Write::Count(_, _, Some(most)) => match present {
            Some(Entity::Tally(tally)) => i128::from(tally.count) < i128::from(*most),
            _ => *most > 0,
        },
        Write::RequireDeployable(_, _, _, now) => match present {
            Some(Entity::TemplateVersion(version)) => {
                version.status().is_deployable() && !is_marked(version.deleting_until, *now)
            }
            _ => false,
        },
        Write::RequireInhabitable(_, now) => match present {
            Some(Entity::Environment(environment)) => {
                environment.is_inhabitable() && !is_marked(environment.deleting_until, *now)
            }
            _ => false,
        },
        Write::RequireLinked(_, now) => match present {
            Some(Entity::Repository(repository)) => !is_marked(repository.deleting_until, *now),
            _ => false,
        },
        Write::RequireTemplate(_, _) | Write::RequireService(_) => present.is_some(),
        Write::RequireAbsent(_) => present.is_none(),
        Write::RequireAdmitting(_, wave, roll_back) => match present {
            Some(Entity::FleetUpdate(update)) => update.admits(*wave, *roll_back),
            _ => false,
        },
        Write::ReplaceSettings(_, None) => present.is_none(),
        Write::ReplaceSettings(_, Some(revision)) => present.and_then(Entity::revision) == Some(*revision),
    }
}

/// Whether a deletion guard is looking for users. Its mark ends by itself, in case the guard died.
fn is_marked(deleting_until: Option<Timestamp>, now: Timestamp) -> bool {
    deleting_until.is_some_and(|until| until > now)
}
