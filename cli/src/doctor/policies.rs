//! Access policies: the files, and whether what is in force is what they say.

use super::{finding::Finding, patient::Patient};
use crate::output::quoted;
use protium_app::ports::{AcceptedPolicies, Policies, PolicyObject, PortError};
use protium_authorization::{
    Accepted, PolicyFile, check as judge,
    check::{MOST_BYTES, MOST_FILES},
};

const AREA: &str = "policies";

/// The policies of the installation.
pub(super) async fn check(patient: Patient) -> Vec<Finding> {
    match files_and_accepted(&patient).await {
        Ok((files, accepted)) => judged(
            &files,
            accepted.as_deref(),
            patient.parameter("Authorization"),
            &quoted(&patient.installation.stack_name),
        ),
        Err(why) => vec![Finding::unknown(AREA, "policies", &why)],
    }
}

async fn files_and_accepted(patient: &Patient) -> Result<(Vec<PolicyFile>, Option<Vec<u8>>), String> {
    let policies = patient.installation.policies().map_err(|error| format!("{error:#}"))?;
    let told = |error: PortError| error.to_string();
    let objects = policies.files(MOST_FILES, MOST_BYTES).await.map_err(told)?;
    let text = |object: PolicyObject| PolicyFile {
        // What is too large, or no text, is no policy either: its check says so.
        text: String::from_utf8_lossy(&object.bytes.unwrap_or_else(|| b"?".to_vec())).into_owned(),
        name: object.name,
    };
    let mut files: Vec<PolicyFile> = objects.into_iter().map(text).collect();
    files.sort();
    let accepted = match policies.accepted(None).await.map_err(told)? {
        AcceptedPolicies::Found { bytes, .. } => Some(bytes),
        AcceptedPolicies::Absent | AcceptedPolicies::Unchanged => None,
    };
    Ok((files, accepted))
}

fn judged(files: &[PolicyFile], accepted: Option<&[u8]>, mode: &str, stack: &str) -> Vec<Finding> {
    let push = format!("protium policy push DIR --stack {stack}");
    let in_force = match accepted.map(Accepted::read).transpose() {
        Ok(in_force) => in_force.map(|accepted| accepted.files).unwrap_or_default(),
        Err(why) => {
            let fix = format!("put your policies there again, which makes it anew: {push}");
            return vec![Finding::error(AREA, why.to_string(), fix)];
        }
    };
    if files.is_empty() && in_force.is_empty() {
        return vec![if mode == "ENFORCED" {
            let fix = format!(
                "protium policy init DIR --platform-engineers role/NAME --developers role/NAME\n{push}"
            );
            Finding::warning(AREA, "there are none, so nobody but administrators may do anything", fix)
        } else {
            Finding::ok(AREA, "there are none: everybody whom IAM lets call the endpoint may do everything")
        }];
    }
    if let Err(problems) = judge(files) {
        let told = |problem: &protium_authorization::Problem| {
            Finding::error(
                AREA,
                problem.to_string(),
                format!("mend the file, and: {push}; the set before stays in force until then"),
            )
        };
        return problems.iter().map(told).collect();
    }
    if in_force != files {
        let fix = "wait for a minute; if it stays so, see the log of the function policy-check and the area \"events\"";
        return vec![Finding::error(AREA, "what is in force is not what the files say", fix)];
    }
    vec![Finding::ok(AREA, format!("{} in force", crate::output::counted(files.len(), "file")))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;

    fn file(text: &str) -> PolicyFile {
        PolicyFile { name: "a.cedar".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn policies_are_judged_by_files_and_by_what_is_in_force() {
        let good = [file("permit (principal, action, resource);")];
        let accepted = |files: &[PolicyFile]| Accepted::after(None, files.to_vec()).write().unwrap();
        let worst = |files: &[PolicyFile], accepted: Option<Vec<u8>>, mode: &str| {
            judged(files, accepted.as_deref(), mode, "b").iter().map(|it| it.severity).max().unwrap()
        };
        assert_eq!(worst(&good, Some(accepted(&good)), "ENFORCED"), Severity::Ok);
        assert_eq!(worst(&[], None, "OPEN_WITHOUT_POLICIES"), Severity::Ok);
        assert_eq!(worst(&[], None, "ENFORCED"), Severity::Warning);
        assert_eq!(worst(&good, None, "ENFORCED"), Severity::Error);
        assert_eq!(worst(&[], Some(accepted(&good)), "ENFORCED"), Severity::Error);
        assert_eq!(worst(&[file("permit (")], Some(accepted(&good)), "ENFORCED"), Severity::Error);
        assert_eq!(worst(&good, Some(b"?".to_vec()), "ENFORCED"), Severity::Error);
    }
}
