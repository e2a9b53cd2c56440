//! The starter bundles of this repository go the way of an upload and end published, without a warning.

use std::fs;
use std::path::{Path, PathBuf};

use protium_app::publish::bundle_validate;
use protium_app::template::template_create;
use protium_app::template_version::VersionId;
use protium_app::upload::{UploadOutcome, bundle_uploaded};
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{TemplateVersion, TemplateVersionStatus};
use protium_testkit::{TestApp, records};

use crate::bundles::{Files, pack};
use crate::template::create_input;

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the directory is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths
}

/// All files below `root`, by their path from it.
fn files(root: &Path, directory: &Path) -> Files {
    let below = |path: PathBuf| {
        if path.is_dir() {
            return files(root, &path);
        }
        let name = path.strip_prefix(root).expect("below it").to_str().expect("a plain name").to_owned();
        vec![(name, fs::read_to_string(&path).expect("a text"))]
    };
    entries(directory).into_iter().flat_map(below).collect()
}

/// Uploads the first major of a starter template; the version afterwards.
async fn publish(test: &TestApp, kind: TemplateKind, directory: &Path) -> TemplateVersion {
    let name = directory.file_name().and_then(|name| name.to_str()).expect("a plain name");
    let mut input = create_input(kind, name);
    input.customer_managed = kind == TemplateKind::Service;
    template_create(&test.app, input).await.expect("free");
    let root = directory.join("v1");
    let kind_of_key = kind.as_str().to_lowercase();
    let source = records::bundle_source(&format!("publish/{kind_of_key}/{name}/v1/{name}.tar.gz"));
    test.sources.seed(source.clone(), pack(&files(&root, &root)));
    let outcome = bundle_uploaded(&test.app, source).await.expect("nothing fails");
    let UploadOutcome::Registered(version) = outcome else { panic!("{name}: {outcome:?}") };
    let id = VersionId { kind, template: records::name(name), version };
    bundle_validate(&test.app, &id).await.expect("nothing fails");
    let key = protium_app::ports::Key::TemplateVersion(kind, id.template, version);
    test.store.peek(&key).expect("made")
}

#[tokio::test]
async fn every_starter_bundle_is_published_by_its_upload() {
    let test = TestApp::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bundles");
    let mut published = 0;
    for (kind, directory) in
        [(TemplateKind::Environment, "environments"), (TemplateKind::Service, "services")]
    {
        for template in entries(&root.join(directory)) {
            let version = publish(&test, kind, &template).await;
            let said = (version.status(), version.status_message());
            assert_eq!(said, (TemplateVersionStatus::Published, None), "{}", template.display());
            published += 1;
        }
    }
    assert!(published >= 5, "only {published} starter bundles were found");
}
