//! The commit of a request that isn't carried out, and the table as it would be after it.

use std::sync::Arc;

use async_trait::async_trait;
use protium_domain::deployable::Stack;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentTarget};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;

use crate::artifact::preview_text_key;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{CommitError, Entity, Keep, Key, ListQuery, PortError, Store, Write};
use crate::provision::template_file_name;

/// Which deployment of a plan is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The only one.
    Only,
    /// That of the instance of this name.
    Instance(ResourceName),
    /// That of the pipeline.
    Pipeline,
}

/// A commit that is kept, not submitted.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    commit: Commit,
}

impl Plan {
    pub(crate) const fn new(commit: Commit) -> Self {
        Self { commit }
    }

    pub(crate) async fn save(&self, app: &App, preview: &Identifier) -> Result<()> {
        let json = serde_json::to_vec(&self.commit).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(app.artifacts.put(&key(preview), json).await?)
    }

    pub(crate) async fn load(app: &App, preview: &Identifier) -> Result<Self> {
        let bytes = app.artifacts.get(&key(preview)).await?;
        let bytes =
            bytes.ok_or_else(|| Error::internal(format!("the plan of preview {preview} is missing")))?;
        let commit = serde_json::from_slice(&bytes).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(Self { commit })
    }

    /// The deployment that `part` means.
    ///
    /// # Errors
    /// [`Error::Validation`] when the request deploys no such thing.
    pub(crate) fn deployment_of(&self, part: &Part) -> Result<Deployment> {
        let is_meant = |deployment: &&Deployment| match (part, &deployment.target) {
            (Part::Only, _) | (Part::Pipeline, DeploymentTarget::ServicePipeline { .. }) => true,
            (Part::Instance(wanted), DeploymentTarget::ServiceInstance { name, .. }) => name == wanted,
            _ => false,
        };
        self.deployments().find(is_meant).cloned().ok_or_else(|| {
            Error::Validation(match part {
                Part::Only => {
                    "the request deploys nothing, so there is nothing to preview: it changes metadata only, or what it \
                     changes is customer-managed"
                        .to_owned()
                }
                Part::Instance(name) => format!("serviceInstanceName: the request doesn't deploy an instance '{name}'"),
                Part::Pipeline => {
                    "the request deploys no pipeline; name the instance to preview by serviceInstanceName".to_owned()
                }
            })
        })
    }

    /// The deployment of this id.
    pub(crate) fn deployment(&self, id: &Identifier) -> Result<Deployment> {
        let found = self.deployments().find(|deployment| deployment.id == *id).cloned();
        found.ok_or_else(|| Error::internal(format!("the plan lacks its deployment {id}")))
    }

    fn deployments(&self) -> impl Iterator<Item = &Deployment> {
        self.commit.entities().filter_map(|entity| match entity {
            Entity::Deployment(deployment)
                if deployment.is_open() && deployment.kind != DeploymentKind::Delete =>
            {
                Some(&**deployment)
            }
            _ => None,
        })
    }

    /// The name of the file that would be deployed.
    pub(crate) async fn file_name(&self, app: &App, deployment: &Identifier) -> Result<String> {
        template_file_name(&self.staged(app), &self.deployment(deployment)?).await
    }

    /// The application over the table as it would be after the commit. Nothing can be written through it.
    pub(crate) fn staged(&self, app: &App) -> App {
        let planned = self.commit.entities().cloned().collect();
        App { store: Arc::new(Staged { inner: app.store.clone(), planned }), ..app.clone() }
    }

    /// The commit, with `stack` as that of the resource that `target` names.
    pub(crate) fn adopting(mut self, target: &DeploymentTarget, stack: &Stack) -> Commit {
        for entity in self.commit.entities_mut() {
            let deployable = match entity {
                Entity::Environment(it) if it.target() == *target => &mut it.deployable,
                Entity::ServiceInstance(it) if it.target() == *target => &mut it.deployable,
                Entity::ServicePipeline(it) if it.target() == *target => &mut it.deployable,
                Entity::Component(it) if it.target() == *target => &mut it.deployable,
                _ => continue,
            };
            deployable.stack = Some(stack.clone());
        }
        self.commit
    }
}

fn key(preview: &Identifier) -> String {
    preview_text_key(preview, "plan.json")
}

/// A table in which a commit has happened that has not.
struct Staged {
    inner: Arc<dyn Store>,
    planned: Vec<Entity>,
}

impl Staged {
    fn planned(&self, key: &Key) -> Option<Entity> {
        self.planned.iter().find(|entity| entity.key() == *key).cloned()
    }
}

#[async_trait]
impl Store for Staged {
    async fn get(&self, key: &Key) -> std::result::Result<Option<Entity>, PortError> {
        match self.planned(key) {
            Some(entity) => Ok(Some(entity)),
            None => self.inner.get(key).await,
        }
    }

    async fn get_many(&self, keys: &[Key]) -> std::result::Result<Vec<Option<Entity>>, PortError> {
        let found = self.inner.get_many(keys).await?;
        Ok(keys.iter().zip(found).map(|(key, found)| self.planned(key).or(found)).collect())
    }

    /// Of lists, rendering reads the instances of a service only.
    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> std::result::Result<Page<Entity>, PortError> {
        let mut page = self.inner.select(query, page, keep).await?;
        let ListQuery::ServiceInstancesOfService(service) = query else { return Ok(page) };
        let is_meant =
            |entity: &&Entity| matches!(entity, Entity::ServiceInstance(it) if it.service == *service);
        for planned in self.planned.iter().filter(is_meant) {
            match page.items.iter_mut().find(|found| found.key() == planned.key()) {
                Some(found) => *found = planned.clone(),
                None if page.next.is_none() => page.items.push(planned.clone()),
                None => {}
            }
        }
        Ok(page)
    }

    async fn commit(&self, _: &[Write]) -> std::result::Result<(), CommitError> {
        let message = "a preview changes nothing".to_owned();
        Err(CommitError::Port(PortError::Failed { operation: "preview", message }))
    }
}
