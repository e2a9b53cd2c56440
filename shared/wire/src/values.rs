//! Strings and numbers of the interface, with their constraints.
//!
//! `String`, `Integer` and `Boolean` of the model are Rust's own types; only their descriptions live here.

use crate::{
    macros::strings,
    shape::{Kind, Shape},
};

pub use crate::timestamp::Timestamp;

#[doc(hidden)]
#[allow(non_upper_case_globals)]
pub static String: Shape = Shape::new("String", Kind::Text { length: None, pattern: None });

/// A whole number.
pub type Integer = i32;

#[doc(hidden)]
#[allow(non_upper_case_globals)]
pub static Integer: Shape = Shape::new("Integer", Kind::Integer { range: None });

/// `true` or `false`.
pub type Boolean = bool;

#[doc(hidden)]
#[allow(non_upper_case_globals)]
pub static Boolean: Shape = Shape::new("Boolean", Kind::Boolean);

/// How many entries a page may have at most; see [`crate::page`].
pub type MaxPageResults = i32;

#[doc(hidden)]
#[allow(non_upper_case_globals)]
pub static MaxPageResults: Shape = Shape::new("MaxPageResults", Kind::Integer { range: Some((1, 100)) });

strings! {
    /// Any Amazon resource name.
    Arn { length: (1, 200), pattern: r"^arn:(aws|aws-cn|aws-us-gov):[a-zA-Z0-9-]+:[a-zA-Z0-9-]*:\d{12}:([\w+=,.@-]+[/:])*[\w+=,.@-]+$" }

    /// A twelve-digit account number.
    AwsAccountId { pattern: r"^\d{12}$" }

    /// A client's idempotency token (behaviour 2.0).
    ClientToken { length: (0, 64), pattern: r"^[!-~]*$" }

    /// ARN of a component.
    ComponentArn {}

    /// ARN of a deployment.
    DeploymentArn {}

    /// Id of a deployment: a lower-case UUID.
    DeploymentId { pattern: r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }

    /// What people say of a resource.
    Description sensitive { length: (0, 500) }

    /// What people call a resource.
    DisplayName sensitive { length: (1, 100) }

    /// The token of lists that have one page only: always empty.
    EmptyNextToken { length: (0, 0) }

    /// ARN of an environment account connection.
    EnvironmentAccountConnectionArn {}

    /// Id of a connection: a lower-case UUID.
    EnvironmentAccountConnectionId { pattern: r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }

    /// ARN of an environment.
    EnvironmentArn {}

    /// ARN of an environment template.
    EnvironmentTemplateArn {}

    /// ARN of a version of an environment template.
    EnvironmentTemplateVersionArn {}

    /// What an error says to the caller.
    ErrorMessage sensitive {}

    /// A version as `major.minor`.
    FullTemplateVersionNumber { length: (1, 10), pattern: r"^(0|([1-9]{1}\d*)).(0|([1-9]{1}\d*))$" }

    /// Name of a branch.
    GitBranchName { length: (1, 200) }

    /// Value that a filter compares with.
    ListServiceInstancesFilterValue {}

    /// An opaque token that continues a list.
    NextToken { pattern: r"^[A-Za-z0-9+=/]+$" }

    /// What is reported of a deployment.
    NotifyResourceDeploymentStatusChangeInputStatusMessageString sensitive { length: (0, 5000) }

    /// Path of a sync file in a repository.
    OpsFilePath { length: (1, 4096) }

    /// Name of an output.
    OutputKey { length: (1, 1024) }

    /// Value of an output.
    OutputValueString { length: (1, 1024) }

    /// What identifies a provisioned resource, e.g. an ARN.
    ProvisionedResourceIdentifier { length: (1, 200) }

    /// Name of a provisioned resource.
    ProvisionedResourceName { length: (1, 200) }

    /// ARN of a repository link.
    RepositoryArn {}

    /// The code repository of a service, `owner/name`.
    RepositoryId { length: (1, 200) }

    /// A repository as `owner/name`.
    RepositoryName { length: (1, 100), pattern: r"[A-Za-z0-9_.-].*/[A-Za-z0-9_.-].*" }

    /// Name of a Proton resource (behaviour 1.1).
    ResourceName { length: (1, 100), pattern: r"^[0-9A-Za-z]+[0-9A-Za-z_\-]*$" }

    /// A name, or empty to detach.
    ResourceNameOrEmpty { length: (0, 100), pattern: r"(^$)|^[0-9A-Za-z]+[0-9A-Za-z_\-]*$" }

    /// ARN of a role.
    RoleArn { length: (1, 2048), pattern: r"^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:role/([\w+=,.@-]{1,512}[/:])*([\w+=,.@-]{1,64})$" }

    /// ARN of a role, or empty to remove it.
    RoleArnOrEmptyString { length: (0, 2048), pattern: r"(^$)|(^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:role/([\w+=,.@-]{1,512}[/:])*([\w+=,.@-]{1,64})$)" }

    /// Name of a bucket.
    S3Bucket { length: (3, 63), pattern: r"^[a-z0-9]+[a-z0-9-\.]+[a-z0-9]+$" }

    /// Key of an object.
    S3Key { length: (1, 1024) }

    /// Id of a commit.
    SHA { length: (1, 255) }

    /// ARN of a service.
    ServiceArn {}

    /// ARN of a service instance.
    ServiceInstanceArn {}

    /// ARN of a service template.
    ServiceTemplateArn {}

    /// ARN of a version of a service template.
    ServiceTemplateVersionArn {}

    /// A specification: YAML text (behaviour 5).
    SpecContents sensitive { length: (1, 51200) }

    /// Why something has its status.
    StatusMessage sensitive {}

    /// Folder in a repository.
    Subdirectory { length: (1, 4096) }

    /// Key of a tag.
    TagKey { length: (1, 128) }

    /// Value of a tag.
    TagValue { length: (0, 256) }

    /// A component's infrastructure code.
    TemplateFileContents sensitive { length: (1, 51200) }

    /// A component's manifest: YAML text.
    TemplateManifestContents sensitive { length: (1, 1024) }

    /// A template version's schema: YAML text.
    TemplateSchema sensitive { length: (1, 51200) }

    /// A major or minor version: decimal, without leading zeros.
    TemplateVersionPart { length: (1, 20), pattern: r"^(0|([1-9]{1}\d*))$" }
}
