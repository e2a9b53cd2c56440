//! CreateEnvironmentTemplateVersion and CreateServiceTemplateVersion.

use protium_domain::arn::Resource;
use protium_domain::digest::RequestDigest;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::tag::Tags;
use protium_domain::template::{NumberTaken, Template, TemplateKind, UnknownMajor};
use protium_domain::template_version::{
    BundleSource, CompatibleEnvironmentTemplate, Intake, NewTemplateVersion, TemplateVersion,
};
use protium_domain::time::Timestamp;
use protium_domain::token::ClientToken;
use protium_domain::version::VersionNumber;
use serde::Serialize;

use super::{VersionId, VersionView, pair_find, require_majors};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::template::{described, template_get};
use crate::workflow::publish_start;

/// A request to register a bundle as a new version.
#[derive(Debug, Clone, Serialize)]
pub struct VersionCreate {
    /// What the template makes.
    pub kind: TemplateKind,
    /// The template.
    pub template: ResourceName,
    /// The major whose next minor it becomes; absent begins a new major.
    pub major: Option<u64>,
    /// For people.
    pub description: Option<String>,
    /// Where the bundle lies.
    pub source: BundleSource,
    /// Service templates only.
    pub compatible_environment_templates: Vec<CompatibleEnvironmentTemplate>,
    /// Service templates only.
    pub supports_components: bool,
    /// The customer's tags, on top of the template's.
    pub tags: Tags,
    /// Makes a repeat of the request harmless for eight hours (behaviour 2.0 rule 1).
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Registers a bundle as a new version, `REGISTRATION_IN_PROGRESS`; validation follows in the publish workflow.
///
/// # Errors
/// [`Error::Validation`] for a bucket that bundles may not come from and for a client token that served another
/// request, [`Error::NotFound`] for an unknown template, major or compatible environment template,
/// [`Error::QuotaExceeded`] when the template has as many versions as the installation allows.
pub async fn version_create(app: &App, input: VersionCreate) -> Result<VersionView> {
    let digest = fingerprint(&input)?;
    register(app, input, digest, None).await
}

/// Registers a bundle under the number that it had elsewhere, for those who move in: specs, stacks and people go on naming
/// their versions as before. Otherwise as [`version_create`]; the `major` of `input` doesn't count.
///
/// # Errors
/// As [`version_create`]; [`Error::Conflict`] when a version has the number, and [`Error::Validation`] for major version 0,
/// which Proton never had.
pub async fn version_import(app: &App, input: VersionCreate, number: VersionNumber) -> Result<VersionView> {
    if number.major == 0 {
        return Err(Error::Validation("majorVersion: major versions begin with 1".to_owned()));
    }
    let digest = fingerprint(&(&input, number))?;
    register(app, input, digest, Some(number)).await
}

async fn register(
    app: &App,
    input: VersionCreate,
    digest: RequestDigest,
    number: Option<VersionNumber>,
) -> Result<VersionView> {
    require_source(app, &input.source)?;
    let mut races = Races::many();
    loop {
        let token = match token_check(app, &input, &digest).await? {
            Token::Repeats(original) => return Ok(*original),
            Token::Fresh(token) => token,
        };
        let mut template = template_get(app, input.kind, &input.template).await?;
        require_majors(app, &input.compatible_environment_templates).await?;
        let mut commit = Commit::new(Partition::Template(input.kind, input.template.clone()));
        let seed = VersionSeed { number, ..VersionSeed::of(&input, &template)? };
        let version = version_begin(app, &mut commit, &mut template, seed).map_err(Unbegun::for_caller)?;
        if let Some(free_at) = token {
            commit.write(claim(&input, &digest, &version, free_at));
        }
        let view = VersionView::new(version, &template);
        match commit.submit(app).await {
            Ok(()) => return Ok(view),
            Err(error) => races.lost(error, &described(input.kind, &input.template))?,
        }
    }
}

/// What a version begins with.
pub(crate) struct VersionSeed {
    /// The number that it shall have; absent takes the next one of `major`.
    pub(crate) number: Option<VersionNumber>,
    pub(crate) major: Option<u64>,
    pub(crate) description: Option<String>,
    pub(crate) source: BundleSource,
    pub(crate) intake: Intake,
    pub(crate) compatible_environment_templates: Vec<CompatibleEnvironmentTemplate>,
    pub(crate) supports_components: bool,
    pub(crate) tags: Tags,
}

impl VersionSeed {
    fn of(input: &VersionCreate, template: &Template) -> Result<Self> {
        // What the parent has is copied when the child is made, not later (behaviour 11).
        let tags = template.tags.with(&input.tags).map_err(|error| Error::Validation(error.to_string()))?;
        Ok(Self {
            number: None,
            major: input.major,
            description: input.description.clone(),
            source: input.source.clone(),
            intake: Intake::Api,
            compatible_environment_templates: input.compatible_environment_templates.clone(),
            supports_components: input.supports_components,
            tags,
        })
    }
}

/// Why a version can't begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unbegun {
    #[error(transparent)]
    UnknownMajor(#[from] UnknownMajor),
    #[error(transparent)]
    Taken(#[from] NumberTaken),
    #[error("{0} has {1} versions, the most that a template may have here; delete some that are not used")]
    Quota(String, u64),
}

impl Unbegun {
    fn for_caller(self) -> Error {
        match self {
            Self::UnknownMajor(_) => Error::NotFound(self.to_string()),
            Self::Taken(_) => Error::Conflict(self.to_string()),
            Self::Quota(..) => Error::QuotaExceeded(self.to_string()),
        }
    }
}

/// Adds to `commit` what makes a new version of `template`: both records, the event and the start of the workflow.
pub(crate) fn version_begin(
    app: &App,
    commit: &mut Commit,
    template: &mut Template,
    seed: VersionSeed,
) -> std::result::Result<TemplateVersion, Unbegun> {
    let most = app.installation.quotas.versions_per_template;
    if template.versions().count() as u64 >= most {
        return Err(Unbegun::Quota(described(template.kind, &template.name), most));
    }
    let number = match seed.number {
        Some(number) => {
            template.version_import(number)?;
            number
        }
        None => template.version_allocate(seed.major)?,
    };
    *template = commit.replace(template.clone());
    let new = NewTemplateVersion {
        kind: template.kind,
        template: template.name.clone(),
        version: number,
        description: seed.description,
        source: seed.source,
        intake: seed.intake,
        compatible_environment_templates: seed.compatible_environment_templates,
        supports_components: seed.supports_components,
        tags: seed.tags,
    };
    let (version, change) = TemplateVersion::new(new, app.now());
    commit.create(&version);
    commit.announce(StatusEvent::template_version(app.location(), &version, change));
    commit.start(publish_start(&version));
    Ok(version)
}

/// Only Protium's own role reads bundles, so the buckets that it may be sent to are configured (behaviour 7.1a).
fn require_source(app: &App, source: &BundleSource) -> Result<()> {
    let installation = &app.installation;
    let arn = format!("arn:{}:s3:::{}", installation.location.partition, source.bucket);
    if source.bucket == installation.upload_bucket || installation.source_bucket_arns.contains(&arn) {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "source.s3.bucket: bundles may not come from the bucket '{}'; upload the bundle to '{}', or have the \
         installation's parameter SourceBucketArns extended by {arn}",
        source.bucket, installation.upload_bucket
    )))
}

/// What a request's client token says.
enum Token {
    /// The request was carried out before; this is what it made.
    Repeats(Box<VersionView>),
    /// The request is new. With a token: the earliest claim on it that ours may replace.
    Fresh(Option<Timestamp>),
}

const fn operation(kind: TemplateKind) -> &'static str {
    match kind {
        TemplateKind::Environment => "CreateEnvironmentTemplateVersion",
        TemplateKind::Service => "CreateServiceTemplateVersion",
    }
}

async fn token_check(app: &App, input: &VersionCreate, digest: &RequestDigest) -> Result<Token> {
    let Some(token) = &input.client_token else { return Ok(Token::Fresh(None)) };
    let key = Key::ClientToken(operation(input.kind).to_owned(), token.clone());
    let now = app.now();
    let known = app.store.find::<ClientToken>(key).await?.filter(|known| known.expires_at > now);
    let Some(known) = known else { return Ok(Token::Fresh(Some(now))) };
    if known.digest != *digest {
        let what = format!("the version that goes by this client token ({})", known.resource);
        return Err(Error::idempotent_parameter_mismatch(&what));
    }
    match original(app, &known).await? {
        Some(original) => Ok(Token::Repeats(Box::new(original))),
        // The version was deleted meanwhile, so a new one is made. The claim that we saw may be replaced, but not one
        // that somebody else makes in the same moment: that one ends later.
        None => Ok(Token::Fresh(Some(known.expires_at))),
    }
}

async fn original(app: &App, known: &ClientToken) -> Result<Option<VersionView>> {
    let Resource::TemplateVersion { kind, name, version } = known.resource.clone() else {
        return Err(Error::internal("a client token of a version names something else"));
    };
    let pair = pair_find(app, &VersionId { kind, template: name, version }).await?;
    // A template that was deleted and made again may have another version of the same number.
    let pair = pair.filter(|(_, version)| version.created_at.plus(ClientToken::LIFETIME) == known.expires_at);
    Ok(pair.map(|(template, version)| VersionView::new(version, &template)))
}

fn claim(
    input: &VersionCreate,
    digest: &RequestDigest,
    version: &TemplateVersion,
    free_at: Timestamp,
) -> Write {
    let token = ClientToken {
        operation: operation(input.kind).to_owned(),
        token: input.client_token.clone().unwrap_or_default(),
        digest: digest.clone(),
        resource: VersionId::of(version).resource(),
        expires_at: version.created_at.plus(ClientToken::LIFETIME),
    };
    Write::Claim(token, free_at)
}
