//! The Cedar schema that policies are checked against, made of the list of operations.

use std::collections::BTreeSet;
use std::fmt::Write;

use protium_wire::Operation;

use crate::resource::{Kind, kinds};

/// The action of naming a role in a request, as in IAM.
pub const PASS_ROLE: &str = "iam:PassRole";

/// What stands before the list of actions.
const TYPES: &str = r#"// What policies of this installation can speak of. Made by `protium policy schema`; don't edit.

// The account of the installation. Lists and settings are about it; everything belongs to it.
entity Account = {"arn": String, "name": String};

// Who calls: the session of a role, an IAM user, the root user. API Gateway tells the names of role and session, and
// neither the role's path nor principal tags. What doesn't apply is "".
entity Caller in [Account] = {
  "arn": String,      // arn:aws:sts::111122223333:assumed-role/developers/alice
  "account": String,  // 111122223333; the environment account, for callers of one
  "role": String,     // developers
  "session": String,  // alice
  "user": String,     // the name of an IAM user without its path, or "root"
};

// A role that a request names, by its whole ARN: what iam:PassRole is about.
entity Role = {"arn": String, "name": String, "account": String};

// The tags of a request.
entity Tags tags String;

// What conditions can be about besides principal and resource.
type Call = {
  "aws:RequestTag": Tags,                  // context["aws:RequestTag"].hasTag("team") && ….getTag("team") == "shop"
  "aws:TagKeys": Set<String>,              // keys of tags in the request, to be put on or taken off
  "proton:RoleArns": Set<String>,          // roles that the request names
  "proton:EnvironmentTemplate"?: String,   // ARN of the template of an environment
  "proton:ServiceTemplate"?: String,       // ARN of the template of a service, its instances and its pipeline
};
"#;

/// The schema, in Cedar's own syntax.
#[must_use]
pub fn schema() -> String {
    let mut text = TYPES.to_owned();
    text += "\n// Resources, by ARN; resource.getTag(\"team\") is aws:ResourceTag/team.\n";
    for kind in Kind::RESOURCES {
        let parents = kind.parent().map_or_else(String::new, |parent| format!("{}, ", parent.name()));
        let _ = writeln!(
            text,
            "entity {} in [{parents}Account] = {{\"arn\": String, \"name\": String}} tags String;",
            kind.name()
        );
    }
    text += "\n// Groups of actions: by what they do, and by what they are about.\n";
    let all: BTreeSet<_> = Operation::ALL.iter().flat_map(|operation| groups(*operation)).collect();
    for group in all {
        let _ = writeln!(text, "action \"{group}\";");
    }
    text += "\n// Actions.\n";
    for operation in Operation::ALL {
        let groups = groups(*operation).map(|group| format!("\"{group}\"")).join(", ");
        let mut about: Vec<_> = kinds(*operation).into_iter().map(Kind::name).collect();
        about.dedup();
        let _ = writeln!(
            text,
            "action \"{}\" in [{groups}] appliesTo {{principal: Caller, resource: [{}], context: Call}};",
            action(*operation),
            about.join(", ")
        );
    }
    let _ = writeln!(
        text,
        "action \"{PASS_ROLE}\" appliesTo {{principal: Caller, resource: Role, context: Call}};"
    );
    text
}

/// The action of an operation.
#[must_use]
pub fn action(operation: Operation) -> String {
    format!("proton:{}", operation.name())
}

/// The groups that an operation's action is in: `read` or `write`, and its family.
#[must_use]
pub fn groups(operation: Operation) -> [String; 2] {
    let description = operation.description();
    let reads = ["Get", "List"].iter().any(|verb| description.name.starts_with(verb));
    let verb = if reads { "read" } else { "write" };
    [verb.to_owned(), description.family.replace('_', "-")]
}
