//! UpdateEnvironmentTemplateVersion and UpdateServiceTemplateVersion: describing and publishing.

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::template::Template;
use protium_domain::template_version::{
    CompatibleEnvironmentTemplate, TemplateVersion, TemplateVersionStatus,
};
use protium_domain::transition::Transition;
use protium_domain::version::VersionNumber;

use super::{VersionId, VersionView, pair_get, require_majors};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fleet::follow_publication;
use crate::race::Races;

/// A request to change a version; what is absent stays.
#[derive(Debug, Clone)]
pub struct VersionUpdate {
    /// Which one.
    pub id: VersionId,
    /// For people.
    pub description: Option<String>,
    /// `PUBLISHED` publishes a draft.
    pub status: Option<TemplateVersionStatus>,
    /// Service templates only: replaces the list.
    pub compatible_environment_templates: Option<Vec<CompatibleEnvironmentTemplate>>,
    /// Service templates only.
    pub supports_components: Option<bool>,
}

impl VersionUpdate {
    /// Whether nothing but the status may change.
    const fn is_status_only(&self) -> bool {
        self.description.is_none()
            && self.compatible_environment_templates.is_none()
            && self.supports_components.is_none()
    }
}

/// Changes a version. The one change of status is from DRAFT to PUBLISHED; asking for the status that it has is
/// harmless. A request that changes nothing writes nothing.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version or compatible environment template, [`Error::Conflict`] for any other
/// change of status.
pub async fn version_update(app: &App, input: VersionUpdate) -> Result<VersionView> {
    require_majors(app, input.compatible_environment_templates.as_deref().unwrap_or_default()).await?;
    let mut races = Races::few();
    loop {
        let (mut template, mut version) = pair_get(app, &input.id).await?;
        let change = publication(app, &mut version, input.status)?;
        if change.is_none() && input.is_status_only() {
            return Ok(VersionView::new(version, &template));
        }
        rewrite(&mut version, &input);
        version.last_modified_at = app.now();
        let mut commit = Commit::new(Partition::Template(input.id.kind, input.id.template.clone()));
        let version = commit.replace(version);
        if let Some(change) = change {
            commit.announce(StatusEvent::template_version(app.location(), &version, change));
            template = template_note_published(app, &mut commit, template, version.version);
            follow_publication(app, &mut commit, &template, &version).await?;
        }
        match commit.submit(app).await {
            Ok(()) => return Ok(VersionView::new(version, &template)),
            Err(error) => races.lost(error, &input.id.described())?,
        }
    }
}

/// Tells the template in `commit` that a version of it is published, which may make that the recommended one.
pub(crate) fn template_note_published(
    app: &App,
    commit: &mut Commit,
    mut template: Template,
    version: VersionNumber,
) -> Template {
    let from = template.status;
    template.version_published(version);
    let template = commit.replace(template);
    if template.status != from {
        let change = Transition { from: Some(from), to: template.status };
        commit.announce(StatusEvent::template(app.location(), &template, change));
    }
    template
}

/// The transition that the wanted status asks for; nothing when it has that status already.
fn publication(
    app: &App,
    version: &mut TemplateVersion,
    wanted: Option<TemplateVersionStatus>,
) -> Result<Option<Transition<TemplateVersionStatus>>> {
    match wanted {
        None => Ok(None),
        Some(wanted) if wanted == version.status() => Ok(None),
        Some(TemplateVersionStatus::Published) => Ok(Some(version.publish(app.now())?)),
        Some(wanted) => Err(Error::Conflict(format!(
            "{} is {}: its status can't be set to {wanted}; the only change is from DRAFT to PUBLISHED",
            VersionId::of(version).described(),
            version.status()
        ))),
    }
}

fn rewrite(version: &mut TemplateVersion, input: &VersionUpdate) {
    if let Some(description) = &input.description {
        version.description = Some(description.clone());
    }
    if let Some(templates) = &input.compatible_environment_templates {
        version.compatible_environment_templates.clone_from(templates);
    }
    if let Some(supported) = input.supports_components {
        version.supports_components = supported;
    }
}
