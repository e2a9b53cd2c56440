//! From where to where: what is rewritten on the way, and what can't go it.

use protium_domain::arn::{Location, Resource};
use protium_domain::deployable::Deployable;

use crate::ports::Entity;

/// The way from one installation to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The old installation.
    pub from: Location,
    /// The new one.
    pub to: Location,
}

impl Route {
    /// The record as the new installation has it. Names, ids, roles and stacks stay; records hold no ARN of Protium's own but
    /// that of the pipelines' repository, since ARNs are made of names when they are shown. Marks of deletion guards,
    /// which last for seconds, are taken off.
    #[must_use]
    pub fn relocate(&self, mut entity: Entity) -> Entity {
        match &mut entity {
            Entity::TemplateVersion(record) => record.deleting_until = None,
            Entity::Environment(record) => record.deleting_until = None,
            Entity::Repository(record) => record.deleting_until = None,
            Entity::AccountConnection(record) => self.readdress(&mut record.management_account),
            Entity::ConnectionClaim(record) => self.readdress(&mut record.management_account),
            Entity::AccountSettings(record) => {
                if let Some(branch) = &mut record.pipeline_provisioning_repository {
                    branch.arn = self.to.arn(&Resource::Repository { id: branch.repository.clone() });
                }
            }
            // No member of these tells where the installation is.
            Entity::Template(_)
            | Entity::Service(_)
            | Entity::ServiceInstance(_)
            | Entity::ServicePipeline(_)
            | Entity::Component(_)
            | Entity::Deployment(_)
            | Entity::SyncConfig(_)
            | Entity::SyncBlocker(_)
            | Entity::Reference(_)
            // These don't move.
            | Entity::Tally(_)
            | Entity::Intent(_)
            | Entity::StackWait(_)
            | Entity::Preview(_)
            | Entity::ClientToken(_)
            | Entity::Upload(_)
            | Entity::FleetUpdate(_)
            | Entity::FleetTarget(_)
            | Entity::Import(_) => {}
        }
        entity
    }

    /// Connections are addressed to the account that Protium is in.
    fn readdress(&self, account: &mut String) {
        if *account == self.from.account {
            account.clone_from(&self.to.account);
        }
    }

    /// Why a record can't be managed from the new place; nothing when it can. Stacks never leave their region, and an
    /// installation asks CloudFormation in its own.
    #[must_use]
    pub fn obstacle(&self, entity: &Entity) -> Option<String> {
        let region = self.stack_region(deployable(entity)?)?;
        (region != self.to.region).then(|| {
            format!(
                "{} has a stack in {region}, and this installation is in {}",
                super::belonging::name(entity),
                self.to.region
            )
        })
    }

    fn stack_region<'a>(&'a self, deployable: &'a Deployable) -> Option<&'a str> {
        let stack = deployable.stack.as_ref()?;
        match &stack.arn {
            Some(arn) => arn.split(':').nth(3),
            None if stack.was_never_asked_for() => None,
            None => Some(&self.from.region),
        }
    }
}

const fn deployable(entity: &Entity) -> Option<&Deployable> {
    match entity {
        Entity::Environment(record) => Some(&record.deployable),
        Entity::ServiceInstance(record) => Some(&record.deployable),
        Entity::ServicePipeline(record) => Some(&record.deployable),
        Entity::Component(record) => Some(&record.deployable),
        _ => None,
    }
}
