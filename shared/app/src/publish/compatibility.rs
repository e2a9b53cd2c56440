//! Whether a minor version may follow the earlier ones of its major (behaviour 4.8).

use std::collections::{BTreeMap, BTreeSet};

use protium_bundle::compatibility::{compare, compare_methods, compare_outputs};
use protium_bundle::{Bundle, Part, Problem, Schema};
use protium_domain::document::Document;
use protium_domain::template_version::{PartSummary, ProvisioningEngine, TemplateVersion};

use super::examine::{bundle_kind, part_of};
use super::registered;
use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};

/// What is wrong or doubtful with `bundle` as a minor beside every registered minor of its major. As in Proton this
/// is best effort: of two minors that are registered at the same moment neither sees the other. Outputs are compared
/// with those of the newest minor: only deployments of that one may still be told apart.
pub(super) async fn compatibility_problems(
    app: &App,
    version: &TemplateVersion,
    bundle: &Bundle,
) -> Result<Vec<Problem>> {
    let policy = bundle.registration().compatibility;
    let mut minors = registered::minors(app, version.kind, &version.template, version.version.major).await?;
    minors.retain(|other| other.version != version.version);
    let mut problems = Problems::default();
    for earlier in forms(&minors) {
        let text = document_load(app.artifacts.as_ref(), earlier.schema).await?;
        let schema = Schema::parse(&text, bundle_kind(version.kind))
            .map_err(|_| Error::internal("the schema of a registered version can't be read any more"))?;
        let mut changes = compare(&schema, bundle.schema());
        changes.extend(compare_methods(&methods(earlier.parts), bundle));
        changes.iter().for_each(|change| problems.add(change.problem(policy)));
    }
    if let Some(newest) = minors.last()
        && let Some(before) = registered::bundle(app, newest).await?
    {
        let changes = compare_outputs(&before, bundle);
        changes.iter().for_each(|change| problems.add(change.problem(policy)));
    }
    Ok(problems.list)
}

/// What of a registered minor is compared.
#[derive(PartialEq)]
struct Form<'a> {
    schema: &'a Document,
    parts: &'a [PartSummary],
}

/// The forms of the registered minors, each once: most minors leave schema and manifests as they were.
fn forms(minors: &[TemplateVersion]) -> Vec<Form<'_>> {
    let mut forms: Vec<Form<'_>> = Vec::new();
    for bundle in minors.iter().filter_map(|minor| minor.bundle.as_ref()) {
        let form = Form { schema: &bundle.schema, parts: &bundle.parts };
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

fn methods(parts: &[PartSummary]) -> BTreeMap<Part, &'static str> {
    let method = |engine: &ProvisioningEngine| match engine {
        ProvisioningEngine::Cloudformation { .. } => "CloudFormation",
        ProvisioningEngine::Terraform => "Terraform",
        ProvisioningEngine::Codebuild => "CodeBuild",
    };
    parts.iter().map(|part| (part_of(part.part), method(&part.engine))).collect()
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
