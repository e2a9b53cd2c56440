//! The checks of registration (behaviour 4.1, 4.6, 4.7), all of them on every bundle, so that an author hears
//! everything at once.

mod cloudformation;
mod codebuild;
mod missing;
mod references;
mod shape;
mod terraform;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::Files;
use crate::bundle::{Bundle, BundleKind, Engine, OpenOptions, Part, SCHEMA_FILE, manifest_path};
use crate::examine::EnvironmentOutputs;
use crate::manifest::{Manifest, TerraformFiles};
use crate::problem::{Problem, any_error};
use crate::registration::{self, Registration};
use crate::render::cloudformation::check_syntax;
use crate::schema::{Draft, Schema, ValueType, missing_property};
use crate::yaml::{self, Node};
use shape::Inputs;

/// Largest template file, in bytes (behaviour 4.6).
const TEMPLATE_SIZE_LIMIT: usize = 200 * 1024;
/// Most template files of a bundle (behaviour 4.6).
const TEMPLATE_FILE_LIMIT: usize = 10;

/// See [`Bundle::open`].
pub(crate) fn open(kind: BundleKind, files: Files, options: OpenOptions) -> Result<Bundle, Vec<Problem>> {
    let mut read = read(kind, &files, options);
    let problems = std::mem::take(&mut read.problems);
    if any_error(&problems) {
        return Err(problems);
    }
    read.bundle(kind, files, problems.clone()).ok_or(problems)
}

/// What could be read of a bundle, and what is wrong with it.
pub(crate) struct Reading {
    pub(crate) schema: Option<Schema>,
    /// What could be read of a schema that is wrong.
    draft: Draft,
    pub(crate) registration: Option<Registration>,
    pub(crate) parts: BTreeMap<Part, (Manifest, Engine)>,
    pub(crate) problems: Vec<Problem>,
    /// Names of the outputs of parts, once [`Self::deepen`] has looked for them.
    pub(crate) outputs: BTreeMap<Part, BTreeSet<String>>,
}

impl Reading {
    /// What goes beyond the rules that registered versions are held to: references to what isn't there, and what the
    /// engines would refuse at deployment.
    pub(crate) fn deepen(&mut self, files: &Files, environments: &[EnvironmentOutputs]) {
        let inputs = self.schema.as_ref().map_or_else(|| Inputs::of_draft(&self.draft), Inputs::of);
        let mut problems = Vec::new();
        let mut outputs: BTreeMap<Part, BTreeSet<String>> = BTreeMap::new();
        for (part, (manifest, engine)) in &self.parts {
            let directory = part.directory();
            match engine {
                Engine::CloudFormation { file } => {
                    let path = format!("{directory}/{file}");
                    if let Some(text) = self.sound(files, &path) {
                        let roots = shape::roots(*part, inputs, environments);
                        let missing = references::check(*part, &path, text, &roots);
                        let native_parameters =
                            matches!(manifest, Manifest::CloudFormation { native_parameters: true, .. });
                        let setting = cloudformation::Setting {
                            part: *part,
                            inputs,
                            environments,
                            native_parameters,
                            stand_ins: !missing.is_empty() || !inputs.is_sound,
                        };
                        let found = cloudformation::check(&path, text, &setting);
                        problems.extend(missing);
                        problems.extend(found.problems);
                        outputs.extend(found.outputs.map(|names| (*part, names)));
                    }
                }
                Engine::Terraform { files: chosen } => {
                    let mut declared = Some(BTreeSet::new());
                    let mut references = Vec::new();
                    for path in chosen.iter().map(|file| format!("{directory}/{file}")) {
                        let Some(text) = self.sound(files, &path) else {
                            declared = None;
                            continue;
                        };
                        let found = terraform::check(*part, &path, text);
                        if !found.problems.is_empty() {
                            declared = None;
                        }
                        problems.extend(found.problems);
                        outputs.entry(*part).or_default().extend(found.outputs);
                        declared.iter_mut().for_each(|names| names.extend(found.variables.iter().cloned()));
                        references.push((path, text.trim_start_matches('\u{feff}'), found.references));
                    }
                    let roots = shape::variables(*part, inputs, environments);
                    let known = variables::Known { part: *part, roots: &roots, declared };
                    let found =
                        references.iter().flat_map(|(path, text, found)| known.check(path, text, found));
                    problems.extend(found);
                    let generated = files.below(directory).filter(|(name, _)| terraform::is_generated(name));
                    problems.extend(generated.map(|(name, _)| generated_file(format!("{directory}/{name}"))));
                }
                Engine::CodeBuild => {
                    if let Some(text) = self.sound(files, &manifest_path(*part)) {
                        problems.extend(codebuild::check(
                            *part,
                            text,
                            &shape::roots(*part, inputs, environments),
                        ));
                    }
                    let generated = files.below(directory).filter(|(name, _)| codebuild::is_generated(name));
                    problems.extend(generated.map(|(name, _)| generated_file(format!("{directory}/{name}"))));
                }
            }
        }
        if let (true, Some(schema)) = (self.parts.is_empty(), &self.schema) {
            // A customer-managed environment (behaviour 4.1).
            let names = schema.inputs().properties().iter().map(|property| property.name.clone());
            outputs.insert(Part::Infrastructure, names.collect());
        }
        self.problems.extend(problems);
        self.outputs = outputs;
    }

    /// The text of a file with which nothing is wrong so far: what is too large or malformed isn't looked into.
    fn sound<'a>(&self, files: &'a Files, path: &str) -> Option<&'a str> {
        let is_sound = !self.problems.iter().any(|p| p.is_error() && p.file.as_deref() == Some(path));
        files.get(path).filter(|_| is_sound).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The bundle, when all of it could be read.
    pub(crate) fn bundle(self, kind: BundleKind, files: Files, warnings: Vec<Problem>) -> Option<Bundle> {
        Some(Bundle::new(kind, files, self.schema?, self.registration?, self.parts, warnings))
    }
}

/// Reads as much of a bundle as can be read and notes every problem on the way.
pub(crate) fn read(kind: BundleKind, files: &Files, options: OpenOptions) -> Reading {
    let mut check = Check { kind, options, files, problems: Vec::new() };
    check.root();
    let (schema, draft) = check.schema();
    let registration = check.registration();
    let mut parts = BTreeMap::new();
    for part in Part::ALL {
        if let Some(made) = check.part(part) {
            parts.insert(part, made);
        }
    }
    check.templates(&parts);
    if let Some(schema) = &schema {
        check.schema_against_layout(schema);
    }
    Reading { schema, draft, registration, parts, problems: check.problems, outputs: BTreeMap::new() }
}

struct Check<'a> {
    kind: BundleKind,
    options: OpenOptions,
    files: &'a Files,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn has(&self, part: Part) -> bool {
        self.files.below(part.directory()).next().is_some()
    }

    /// A bundle packed together with its directory fails everything else; this says why.
    fn root(&mut self) {
        if !self.files.contains(SCHEMA_FILE)
            && let Some(root) = self.files.nested_root()
        {
            self.problems.push(
                Problem::error(format!(
                    "the bundle's directories lie below `{root}/`, not at the root of the archive"
                ))
                .remedy(format!("Pack the content of that directory: `tar -czf bundle.tar.gz -C {root} .`.")),
            );
        }
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let bytes = self.files.get(path)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
                self.problems.push(Problem::error("the file is not UTF-8 text").in_file(path).at(line, 1));
                None
            }
        }
    }

    /// The schema, or what could be read of it.
    fn schema(&mut self) -> (Option<Schema>, Draft) {
        if !self.files.contains(SCHEMA_FILE) {
            let remedy = if self.files.contains("schema/schema.yml") {
                "Rename schema/schema.yml to schema/schema.yaml."
            } else {
                "Describe the inputs there; a template without inputs has an input type without properties."
            };
            self.problems.push(Problem::error("the file is missing").in_file(SCHEMA_FILE).remedy(remedy));
            return Default::default();
        }
        let Some(text) = self.text(SCHEMA_FILE) else { return Default::default() };
        match Schema::read(&text, self.kind) {
            Ok(schema) => {
                self.problems.extend_from_slice(schema.warnings());
                (Some(schema), Draft::default())
            }
            Err(mut draft) => {
                self.problems.append(&mut draft.problems);
                (None, *draft)
            }
        }
    }

    fn registration(&mut self) -> Option<Registration> {
        let parsed = if self.files.contains(registration::FILE) {
            Registration::parse(&self.text(registration::FILE)?)
        } else if self.files.contains(registration::LEGACY_FILE) {
            let text = self.text(registration::LEGACY_FILE)?;
            Registration::parse_legacy(&text).map(|registration| (registration, Vec::new()))
        } else {
            Ok((Registration::default(), Vec::new()))
        };
        let (registration, problems) = match parsed {
            Ok((registration, warnings)) => (Some(registration), warnings),
            Err(problems) => (None, problems),
        };
        self.problems.extend(problems);
        registration
    }

    /// Whether a part must, may or must not be there, and what it says when it is.
    fn part(&mut self, part: Part) -> Option<(Manifest, Engine)> {
        let present = self.has(part);
        let expected = self.expectation(part);
        let problem = |message: &str, remedy: &str| {
            Problem::error(message.to_owned()).in_file(part.directory()).remedy(remedy)
        };
        match expected {
            Expected::Forbidden { why, remedy } if present => {
                self.problems.push(problem(why, remedy));
                None
            }
            Expected::Required { remedy } if !present => {
                self.problems.push(problem("the directory is missing", remedy));
                None
            }
            _ if present => self.manifest(part),
            _ => None,
        }
    }

    fn expectation(&self, part: Part) -> Expected {
        match (self.kind, part, self.options.customer_managed) {
            (BundleKind::Environment, Part::Infrastructure, true) => Expected::Forbidden {
                why: "a customer-managed environment template has no infrastructure",
                remedy: "Remove the directory, or create the template without `provisioning: CUSTOMER_MANAGED`.",
            },
            (BundleKind::Environment, Part::Infrastructure, false) => {
                Expected::Required { remedy: "Put the infrastructure code and its manifest.yaml there." }
            }
            (BundleKind::Environment, ..) => Expected::Forbidden {
                why: "an environment bundle has only the directory infrastructure",
                remedy: "Register a service bundle under a service template.",
            },
            (BundleKind::Service, Part::Infrastructure, _) => Expected::Forbidden {
                why: "a service bundle has the directories instance_infrastructure and pipeline_infrastructure",
                remedy: "Register an environment bundle under an environment template.",
            },
            (BundleKind::Service, Part::InstanceInfrastructure, _) => Expected::Required {
                remedy: "Put the infrastructure code of a service instance and its manifest.yaml there.",
            },
            (BundleKind::Service, Part::PipelineInfrastructure, true) => Expected::Forbidden {
                why: "the pipeline of this service template is customer managed",
                remedy: "Remove the directory, or create the template without `pipelineProvisioning: CUSTOMER_MANAGED`.",
            },
            (BundleKind::Service, Part::PipelineInfrastructure, false) => Expected::Required {
                remedy: "Add the pipeline's code, or create the service template with `pipelineProvisioning: CUSTOMER_MANAGED`.",
            },
        }
    }

    fn manifest(&mut self, part: Part) -> Option<(Manifest, Engine)> {
        let path = manifest_path(part);
        if !self.files.contains(&path) {
            let other = format!("{}/manifest.yml", part.directory());
            let remedy = if self.files.contains(&other) {
                format!("Rename {other} to manifest.yaml.")
            } else {
                "Say there how the templates are rendered.".to_owned()
            };
            self.problems.push(Problem::error("the file is missing").in_file(path).remedy(remedy));
            return None;
        }
        let text = self.text(&path)?;
        let (manifest, problems) = Manifest::read(&text, &path);
        self.problems.extend(problems);
        let manifest = manifest?;
        let engine = match &manifest {
            Manifest::CloudFormation { file, .. } => self.cloudformation(part, file)?,
            Manifest::Terraform { files } => self.terraform(part, files)?,
            Manifest::CodeBuild(_) => Engine::CodeBuild,
        };
        Some((manifest, engine))
    }

    fn cloudformation(&mut self, part: Part, file: &str) -> Option<Engine> {
        let path = self.listed(part, file)?;
        let text = self.text(&path)?;
        if let Err(error) = check_syntax(&path, &text) {
            self.problems.push(error.into_problem());
        }
        Some(Engine::CloudFormation { file: file.to_owned() })
    }

    fn terraform(&mut self, part: Part, files: &TerraformFiles) -> Option<Engine> {
        let files = match files {
            TerraformFiles::One(file) => {
                self.listed(part, file)?;
                if !file.ends_with(".tf") {
                    let message = format!("`{file}` doesn't end in .tf");
                    self.problems
                        .push(Problem::error(message).in_file(format!("{}/{file}", part.directory())));
                }
                vec![file.clone()]
            }
            TerraformFiles::All => self
                .files
                .below(part.directory())
                .map(|(name, _)| name)
                .filter(|name| name.ends_with(".tf") && !name.contains('/'))
                .map(str::to_owned)
                .collect(),
        };
        if files.is_empty() {
            self.problems.push(
                Problem::error("no file ends in .tf")
                    .in_file(part.directory())
                    .remedy("Put the Terraform code there."),
            );
        }
        for file in files.iter().filter(|file| terraform::is_generated(file)) {
            self.problems.push(generated_file(format!("{}/{file}", part.directory())));
        }
        Some(Engine::Terraform { files })
    }

    fn listed(&mut self, part: Part, file: &str) -> Option<String> {
        let path = format!("{}/{file}", part.directory());
        if self.files.contains(&path) {
            return Some(path);
        }
        let others: Vec<_> = self
            .files
            .below(part.directory())
            .map(|(name, _)| name)
            .filter(|n| *n != "manifest.yaml")
            .collect();
        let remedy = match others.as_slice() {
            [] => "Put it beside the manifest.".to_owned(),
            _ => format!("Beside the manifest there are: {}.", others.join(", ")),
        };
        let message = format!("`file` names {file}, which is not in the bundle");
        let problem = Problem::error(message).remedy(remedy);
        self.problems.push(self.placed(problem, &manifest_path(part), |root| {
            let templates = root.nearest(&["infrastructure", "templates"]);
            templates.items().and_then(<[_]>::first).unwrap_or(templates).nearest(&["file"])
        }));
        None
    }

    /// A problem at a place of a YAML file that could be read before.
    fn placed(&self, problem: Problem, path: &str, place: fn(&Node) -> &Node) -> Problem {
        let problem = problem.in_file(path);
        let text = self.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        match yaml::load(text.trim_start_matches('\u{feff}')) {
            Ok(root) => {
                let node = place(&root);
                problem.at(node.line, node.column)
            }
            Err(_) => problem,
        }
    }

    /// Limits of number and size. Only code that manifests select counts: public samples have more and larger files in
    /// their CodeBuild projects.
    fn templates(&mut self, parts: &BTreeMap<Part, (Manifest, Engine)>) {
        let mut count = 0;
        for (part, (_, engine)) in parts {
            let files = match engine {
                Engine::CloudFormation { file } => std::slice::from_ref(file),
                Engine::Terraform { files } => files,
                Engine::CodeBuild => &[],
            };
            count += files.len();
            for path in files.iter().map(|file| format!("{}/{file}", part.directory())) {
                let size = self.files.get(&path).map_or(0, <[u8]>::len);
                if size > TEMPLATE_SIZE_LIMIT {
                    let message =
                        format!("the template has {size} bytes, more than the {TEMPLATE_SIZE_LIMIT} allowed");
                    self.problems.push(Problem::error(message).in_file(path));
                }
            }
        }
        if count > TEMPLATE_FILE_LIMIT {
            self.problems.push(Problem::error(format!(
                "the bundle has {count} template files, more than the {TEMPLATE_FILE_LIMIT} allowed"
            )));
        }
    }

    fn schema_against_layout(&mut self, schema: &Schema) {
        if self.kind == BundleKind::Service {
            let pipeline = self.has(Part::PipelineInfrastructure);
            match schema.pipeline() {
                None if pipeline => {
                    let problem = Problem::error(missing_property(self.kind, "pipeline_input_type"))
                        .remedy("Name the type of the pipeline's inputs under `pipeline_input_type`.");
                    let problem = self.placed(problem, SCHEMA_FILE, |root| root.nearest(&["schema"]));
                    self.problems.push(problem);
                }
                Some(_) if self.options.customer_managed => {
                    let message =
                        "`pipeline_input_type` is given, but the template's pipeline is customer managed";
                    let problem = Problem::error(message).remedy("Remove `pipeline_input_type`.");
                    self.problems.push(self.placed(problem, SCHEMA_FILE, |root| {
                        root.nearest(&["schema", "pipeline_input_type"])
                    }));
                }
                _ => {}
            }
        } else if self.options.customer_managed {
            self.customer_managed_inputs(schema);
        }
    }

    /// Their inputs act as outputs (behaviour 4.1), and outputs are text that somebody has to give.
    fn customer_managed_inputs(&mut self, schema: &Schema) {
        for property in schema.inputs().properties() {
            if property.schema.kind != ValueType::String || property.schema.default.is_some() {
                self.problems.push(
                    Problem::error(format!(
                        "the input `{}` must be of type string and without default",
                        property.name
                    ))
                    .in_file(SCHEMA_FILE)
                    .at(property.line, 1)
                    .remedy("The inputs of a customer-managed environment act as its outputs."),
                );
            }
        }
    }
}

fn generated_file(path: String) -> Problem {
    Problem::error("a file of this name is generated at deployment").in_file(path).remedy("Rename it.")
}

enum Expected {
    Required { remedy: &'static str },
    Forbidden { why: &'static str, remedy: &'static str },
}
