//! Whether a minor version may follow the earlier ones of its major (behaviour 4.8).

use std::collections::BTreeSet;

use protium_bundle::compatibility::{Change, Verdict, compare};
use protium_bundle::{Bundle, CompatibilityPolicy, Problem, Schema};
use protium_domain::document::Document;
use protium_domain::template_version::{BundlePart, PartSummary, ProvisioningEngine, TemplateVersion};

use super::examine::{bundle_kind, part_summaries};
use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::PageRequest;
use crate::ports::{ListQuery, StoreExt};

/// What is wrong or doubtful with `bundle` as a minor beside every registered minor of its major. As in Proton this
/// is best effort: of two minors that are registered at the same moment neither sees the other.
pub(super) async fn compatibility_problems(
    app: &App,
    version: &TemplateVersion,
    bundle: &Bundle,
) -> Result<Vec<Problem>> {
    let policy = bundle.registration().compatibility;
    let parts = part_summaries(bundle);
    let mut problems = Problems::default();
    for earlier in earlier_forms(app, version).await? {
        let text = document_load(app.artifacts.as_ref(), &earlier.schema).await?;
        let schema = Schema::parse(&text, bundle_kind(version.kind))
            .map_err(|_| Error::internal("the schema of a registered version can't be read any more"))?;
        for change in compare(&schema, bundle.schema()) {
            problems.add(change.problem(policy));
        }
        for problem in method_changes(&earlier.parts, &parts, policy) {
            problems.add(Some(problem));
        }
    }
    Ok(problems.list)
}

/// What of a registered minor is compared.
#[derive(PartialEq)]
struct Form {
    schema: Document,
    parts: Vec<PartSummary>,
}

/// The forms of the registered minors, each once: most minors leave schema and manifests as they were.
async fn earlier_forms(app: &App, version: &TemplateVersion) -> Result<Vec<Form>> {
    let query = ListQuery::TemplateVersions(version.kind, version.template.clone(), version.version.major);
    let mut forms: Vec<Form> = Vec::new();
    let mut after = None;
    loop {
        let page = app.store.page::<TemplateVersion>(&query, &PageRequest { limit: 100, after }).await?;
        let registered = page.items.into_iter().filter(|other| other.version != version.version);
        for bundle in registered.filter_map(|other| other.bundle) {
            let form = Form { schema: bundle.schema, parts: bundle.parts };
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        if page.next.is_none() {
            return Ok(forms);
        }
        after = page.next;
    }
}

fn method_changes<'a>(
    earlier: &'a [PartSummary],
    now: &'a [PartSummary],
    policy: CompatibilityPolicy,
) -> impl Iterator<Item = Problem> + 'a {
    earlier.iter().filter_map(move |before| {
        let after = now.iter().find(|after| after.part == before.part)?;
        let (from, to) = (method(&before.engine), method(&after.engine));
        let directory = directory(before.part);
        let message = format!("the provisioning method changes from {from} to {to}");
        let change = Change { verdict: Verdict::Warn, path: directory.to_owned(), message };
        let problem = if from == to { None } else { change.problem(policy) };
        problem.map(|problem| problem.in_file(format!("{directory}/manifest.yaml")))
    })
}

const fn method(engine: &ProvisioningEngine) -> &'static str {
    match engine {
        ProvisioningEngine::Cloudformation { .. } => "CloudFormation",
        ProvisioningEngine::Terraform => "Terraform",
        ProvisioningEngine::Codebuild => "CodeBuild",
    }
}

const fn directory(part: BundlePart) -> &'static str {
    match part {
        BundlePart::Infrastructure => "infrastructure",
        BundlePart::InstanceInfrastructure => "instance_infrastructure",
        BundlePart::PipelineInfrastructure => "pipeline_infrastructure",
    }
}

/// Problems, each once: what breaks one minor usually breaks its neighbours too.
#[derive(Default)]
struct Problems {
    list: Vec<Problem>,
    seen: BTreeSet<String>,
}

impl Problems {
    fn add(&mut self, problem: Option<Problem>) {
        if let Some(problem) = problem
            && self.seen.insert(problem.to_string())
        {
            self.list.push(problem);
        }
    }
}
