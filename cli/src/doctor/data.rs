//! Table and buckets.

use super::{finding::Finding, patient::Patient};
use crate::aws_error::told;
use aws_sdk_dynamodb::types::{
    ContinuousBackupsStatus, IndexStatus, PointInTimeRecoveryStatus, StreamViewType, TableDescription,
    TableStatus, TimeToLiveStatus,
};
use aws_sdk_s3::types::{BucketVersioningStatus, PublicAccessBlockConfiguration};

const TABLE: &str = "table";

/// The table: there, streaming, recoverable, protected, forgetting what has expired.
pub(super) async fn table(patient: Patient) -> Vec<Finding> {
    let client = aws_sdk_dynamodb::Client::new(patient.sdk());
    let name = patient.output("TableName");
    let (described, backups, expiry) = tokio::join!(
        client.describe_table().table_name(name).send(),
        client.describe_continuous_backups().table_name(name).send(),
        client.describe_time_to_live().table_name(name).send(),
    );
    let mut findings = match described.map_err(|error| told(&error)).map(|found| found.table) {
        Ok(Some(table)) => table_judged(&table, name, &patient.set_parameter("DeletionProtection", "true")),
        Ok(None) => vec![Finding::error(
            TABLE,
            format!("{name} is not there"),
            "restore it: see \"Backup and restore\" in infra/README.md",
        )],
        Err(why) if why.contains("ResourceNotFound") => {
            vec![Finding::error(
                TABLE,
                format!("{name} is not there"),
                "restore it: see \"Backup and restore\" in infra/README.md",
            )]
        }
        Err(why) => vec![Finding::unknown(TABLE, name, &why)],
    };
    findings.push(match backups {
        Ok(found) => {
            let description = found.continuous_backups_description;
            let recovery = description.as_ref().and_then(|it| it.point_in_time_recovery_description());
            let on = recovery.and_then(|it| it.point_in_time_recovery_status()) == Some(&PointInTimeRecoveryStatus::Enabled)
                && description.is_some_and(|it| it.continuous_backups_status == ContinuousBackupsStatus::Enabled);
            let fix = format!(
                "aws dynamodb update-continuous-backups --table-name {name} --point-in-time-recovery-specification \
                 PointInTimeRecoveryEnabled=true"
            );
            switch(TABLE, on, "point-in-time recovery", Finding::error, &fix)
        }
        Err(error) => Finding::unknown(TABLE, "point-in-time recovery", &told(&error)),
    });
    findings.push(match expiry {
        Ok(found) => {
            let status = found.time_to_live_description.and_then(|it| it.time_to_live_status);
            let fix = format!(
                "aws dynamodb update-time-to-live --table-name {name} --time-to-live-specification Enabled=true,AttributeName=ttl"
            );
            switch(TABLE, status == Some(TimeToLiveStatus::Enabled), "removal of what has expired (ttl)", Finding::warning, &fix)
        }
        Err(error) => Finding::unknown(TABLE, "removal of what has expired", &told(&error)),
    });
    findings
}

fn switch(
    area: &'static str,
    on: bool,
    what: &str,
    bad: fn(&'static str, String, String) -> Finding,
    fix: &str,
) -> Finding {
    if on {
        Finding::ok(area, format!("{what} is on"))
    } else {
        bad(area, format!("{what} is off"), fix.to_owned())
    }
}

fn table_judged(table: &TableDescription, name: &str, protect: &str) -> Vec<Finding> {
    let mut findings = vec![match table.table_status() {
        Some(TableStatus::Active) => Finding::ok(TABLE, format!("{name} is active")),
        other => Finding::error(
            TABLE,
            format!("{name} is {}", other.map_or("?", TableStatus::as_str)),
            "wait until it is ACTIVE",
        ),
    }];
    let stream = table.stream_specification();
    let streams = stream
        .is_some_and(|it| it.stream_enabled() && it.stream_view_type() == Some(&StreamViewType::NewImage));
    let fix = format!(
        "aws dynamodb update-table --table-name {name} --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE\n\
                       and give the new stream's ARN to the stack: infra/README.md, \"Backup and restore\""
    );
    findings.push(switch(TABLE, streams, "the stream (NEW_IMAGE)", Finding::error, &fix));
    let protected = table.deletion_protection_enabled == Some(true);
    findings.push(switch(TABLE, protected, "deletion protection", Finding::warning, protect));
    for index in table.global_secondary_indexes() {
        if index.index_status().is_some_and(|status| *status != IndexStatus::Active) {
            let message = format!("the index {} is not active", index.index_name().unwrap_or("?"));
            findings.push(Finding::error(
                TABLE,
                message,
                "wait until it is ACTIVE; lists lack records until then",
            ));
        }
    }
    findings
}

/// A bucket: versioned and closed to the public; the upload bucket tells of what arrives.
pub(super) async fn bucket(patient: Patient, output: &'static str, is_upload: bool) -> Vec<Finding> {
    const AREA: &str = "buckets";
    let client = s3(&patient);
    let name = patient.output(output);
    let (versions, access) = tokio::join!(
        client.get_bucket_versioning().bucket(name).send(),
        client.get_public_access_block().bucket(name).send()
    );
    let mut findings = Vec::new();
    match versions {
        Ok(found) => {
            let on = found.status == Some(BucketVersioningStatus::Enabled);
            let fix = format!(
                "aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
            );
            findings.push(switch(AREA, on, &format!("versioning of {name}"), Finding::error, &fix));
        }
        Err(error) if told(&error).contains("NoSuchBucket") => {
            let fix = "make the installation anew on the old table: infra/README.md, \"Uninstalling\"";
            return vec![Finding::error(AREA, format!("the bucket {name} is not there"), fix)];
        }
        Err(error) => findings.push(Finding::unknown(AREA, name, &told(&error))),
    }
    let closed = format!(
        "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration \
         BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    );
    match access {
        Ok(found) => {
            let private = found.public_access_block_configuration.is_some_and(|it| is_private(&it));
            findings.push(switch(
                AREA,
                private,
                &format!("the block of public access to {name}"),
                Finding::error,
                &closed,
            ));
        }
        Err(error) if told(&error).contains("NoSuchPublicAccessBlock") => {
            findings.push(Finding::error(AREA, format!("nothing blocks public access to {name}"), closed));
        }
        Err(error) => findings.push(Finding::unknown(AREA, name, &told(&error))),
    }
    if is_upload {
        findings.push(match client.get_bucket_notification_configuration().bucket(name).send().await {
            Ok(found) => {
                let on = found.event_bridge_configuration.is_some();
                let fix = format!(
                    "aws s3api put-bucket-notification-configuration --bucket {name} --notification-configuration \
                     '{{\"EventBridgeConfiguration\": {{}}}}'"
                );
                switch(AREA, on, &format!("telling EventBridge of uploads to {name}"), Finding::error, &fix)
            }
            Err(error) => Finding::unknown(AREA, &format!("notifications of {name}"), &told(&error)),
        });
    }
    findings
}

/// A local AWS is addressed by path.
fn s3(patient: &Patient) -> aws_sdk_s3::Client {
    let path_style = patient.sdk().endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(patient.sdk()).force_path_style(path_style).build();
    aws_sdk_s3::Client::from_conf(config)
}

fn is_private(block: &PublicAccessBlockConfiguration) -> bool {
    [
        block.block_public_acls,
        block.ignore_public_acls,
        block.block_public_policy,
        block.restrict_public_buckets,
    ]
    .iter()
    .all(|blocks| *blocks == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;
    use aws_sdk_dynamodb::types::StreamSpecification;

    fn table_with(stream: bool, protection: bool) -> TableDescription {
        let view =
            StreamSpecification::builder().stream_enabled(stream).stream_view_type(StreamViewType::NewImage);
        TableDescription::builder()
            .table_status(TableStatus::Active)
            .stream_specification(view.build().unwrap())
            .deletion_protection_enabled(protection)
            .build()
    }

    #[test]
    fn a_table_is_judged_by_what_protium_needs_of_it() {
        let worst = |stream, protection| {
            table_judged(&table_with(stream, protection), "t", "fix")
                .iter()
                .map(|it| it.severity)
                .max()
                .unwrap()
        };
        assert_eq!(worst(true, true), Severity::Ok);
        assert_eq!(worst(true, false), Severity::Warning);
        assert_eq!(worst(false, true), Severity::Error);
    }

    #[test]
    fn a_bucket_is_private_when_all_four_blocks_are_on() {
        let block = |last| {
            let block =
                PublicAccessBlockConfiguration::builder().block_public_acls(true).ignore_public_acls(true);
            block.block_public_policy(true).restrict_public_buckets(last).build()
        };
        assert!(is_private(&block(true)) && !is_private(&block(false)));
        assert!(!is_private(&PublicAccessBlockConfiguration::builder().build()));
    }
}
