//! Objects of the artifact bucket: their keys, and the texts of records that lie there (design 2.8).

use protium_domain::document::Document;
use protium_domain::identifier::Identifier;

use crate::error::{Error, Result};
use crate::fingerprint::sha256_hex;
use crate::ports::Artifacts;

/// The key of a registered bundle.
#[must_use]
pub fn bundle_key(digest: &str) -> String {
    format!("bundles/sha256/{digest}.tar.gz")
}

/// The key of a rendered template.
#[must_use]
pub fn rendered_key(deployment: &Identifier) -> String {
    format!("deployments/{deployment}/rendered-template")
}

/// The key of the parameters that go with a rendered template, as JSON. There is none when the template's manifest asks
/// for none.
#[must_use]
pub fn parameters_key(deployment: &Identifier) -> String {
    format!("deployments/{deployment}/parameters.json")
}

/// The key of what would be deployed, by a preview's id.
#[must_use]
pub fn preview_rendered_key(preview: &Identifier) -> String {
    preview_text_key(preview, "rendered-template")
}

/// The key of the parameters that would go with it.
pub(crate) fn preview_parameters_key(preview: &Identifier) -> String {
    preview_text_key(preview, "parameters.json")
}

/// The key of another text of a preview.
pub(crate) fn preview_text_key(preview: &Identifier, name: &str) -> String {
    format!("previews/{preview}/{name}")
}

/// The key of an object of a fleet update's plan.
pub(crate) fn fleet_key(fleet_update: &Identifier, name: &str) -> String {
    format!("fleets/{fleet_update}/{name}")
}

/// The key of what a provisioning step found out: see `provision::Report`.
#[must_use]
pub fn report_key(deployment: &Identifier) -> String {
    format!("deployments/{deployment}/report.json")
}

pub(crate) fn document_key(digest: &str) -> String {
    format!("documents/sha256/{digest}")
}

/// Makes a document of a text: a short one stays inside the record, a long one goes to the artifact bucket. Storing
/// it before the record is committed may leave an orphan behind, never a record without its text.
///
/// # Errors
/// [`Error::Internal`] when the bucket does not take it.
pub async fn document_store(artifacts: &dyn Artifacts, text: String) -> Result<Document> {
    if text.len() <= Document::INLINE_BYTES {
        return Ok(Document::Inline(text));
    }
    let digest = sha256_hex(text.as_bytes());
    let bytes = text.len() as u64;
    artifacts.put(&document_key(&digest), text.into_bytes()).await?;
    Ok(Document::Stored { digest, bytes })
}

/// Reads a document's text.
///
/// # Errors
/// [`Error::Internal`] when the bucket fails, or has lost the text.
pub async fn document_load(artifacts: &dyn Artifacts, document: &Document) -> Result<String> {
    match document {
        Document::Inline(text) => Ok(text.clone()),
        Document::Stored { digest, .. } => {
            let bytes = artifacts.get(&document_key(digest)).await?;
            let bytes = bytes.ok_or_else(|| Error::internal(format!("the document {digest} is missing")))?;
            String::from_utf8(bytes).map_err(|error| Error::Internal(Box::new(error)))
        }
    }
}
