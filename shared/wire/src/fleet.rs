//! Fleet updates: a template version that reaches everyone who uses the template, wave by wave.

use crate::{
    common::TagList,
    macros::{enums, integers, lists, strings, structures, unions},
    values::{
        Arn, AwsAccountId, ClientToken, DeploymentId, Integer, MaxPageResults, NextToken, ResourceName,
        StatusMessage, String, TemplateVersionPart, Timestamp,
    },
};

strings! {
    /// Id of a fleet update: a lower-case UUID.
    FleetUpdateId { pattern: r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }

    /// A template version as `major.minor`.
    FleetVersion { length: (3, 41) pattern: r"^(0|[1-9]\d*)\.(0|[1-9]\d*)$" }

    /// A CloudWatch alarm: its name, or its ARN.
    AlarmIdentifier { length: (1, 1600) }
}

integers! {
    /// A share in percent.
    FleetPercent (1, 100);

    /// A share in percent that may be nothing.
    FleetTolerancePercent (0, 100);

    /// A number of targets.
    FleetTargetCount (1, 1_000_000);

    /// A number of targets that may be none.
    FleetToleranceCount (0, 1_000_000);

    /// Deployments under way at one time.
    FleetConcurrency (1, 1_000);

    /// Seconds to watch a wave after its last deployment: up to a week.
    FleetBakeSeconds (0, 604_800);

    /// Number of a wave, from 0.
    FleetWaveNumber (0, 1_000_000);
}

structures! {
    /// Request of [`PlanFleetUpdate`](crate::Operation::PlanFleetUpdate).
    PlanFleetUpdateInput {
        client_token: ClientToken (token),
        /// What is updated. Without it: the instances of a service template, the environments of an environment
        /// template.
        kind: FleetUpdateKind,
        /// What people call this fleet update.
        name: ResourceName,
        selection: FleetSelection,
        strategy: FleetStrategy,
        template_name: ResourceName (required),
        /// Without it the recommended one.
        to_major_version: TemplateVersionPart,
        /// Without it the recommended one of the major version.
        to_minor_version: TemplateVersionPart,
    }

    /// Answer of [`PlanFleetUpdate`](crate::Operation::PlanFleetUpdate).
    PlanFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`StartFleetUpdate`](crate::Operation::StartFleetUpdate): a plan by its id, or the members of a plan
    /// that is made and started at once.
    StartFleetUpdateInput {
        client_token: ClientToken (token),
        fleet_update_id: FleetUpdateId,
        kind: FleetUpdateKind,
        name: ResourceName,
        selection: FleetSelection,
        strategy: FleetStrategy,
        template_name: ResourceName,
        to_major_version: TemplateVersionPart,
        to_minor_version: TemplateVersionPart,
    }

    /// Answer of [`StartFleetUpdate`](crate::Operation::StartFleetUpdate).
    StartFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`GetFleetUpdate`](crate::Operation::GetFleetUpdate).
    GetFleetUpdateInput {
        fleet_update_id: FleetUpdateId (required),
    }

    /// Answer of [`GetFleetUpdate`](crate::Operation::GetFleetUpdate).
    GetFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`ListFleetUpdates`](crate::Operation::ListFleetUpdates).
    ListFleetUpdatesInput {
        max_results: MaxPageResults,
        next_token: NextToken,
        status: FleetUpdateStatus,
        template_name: ResourceName,
    }

    /// Answer of [`ListFleetUpdates`](crate::Operation::ListFleetUpdates).
    ListFleetUpdatesOutput {
        fleet_updates: FleetUpdateSummaryList (required),
        next_token: NextToken,
    }

    /// Request of [`ListFleetUpdateTargets`](crate::Operation::ListFleetUpdateTargets).
    ListFleetUpdateTargetsInput {
        fleet_update_id: FleetUpdateId (required),
        max_results: MaxPageResults,
        next_token: NextToken,
        status: FleetTargetStatus,
        wave: FleetWaveNumber,
    }

    /// Answer of [`ListFleetUpdateTargets`](crate::Operation::ListFleetUpdateTargets).
    ListFleetUpdateTargetsOutput {
        next_token: NextToken,
        targets: FleetTargetList (required),
    }

    /// Request of [`PauseFleetUpdate`](crate::Operation::PauseFleetUpdate).
    PauseFleetUpdateInput {
        fleet_update_id: FleetUpdateId (required),
    }

    /// Answer of [`PauseFleetUpdate`](crate::Operation::PauseFleetUpdate).
    PauseFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`ResumeFleetUpdate`](crate::Operation::ResumeFleetUpdate).
    ResumeFleetUpdateInput {
        fleet_update_id: FleetUpdateId (required),
    }

    /// Answer of [`ResumeFleetUpdate`](crate::Operation::ResumeFleetUpdate).
    ResumeFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`CancelFleetUpdate`](crate::Operation::CancelFleetUpdate).
    CancelFleetUpdateInput {
        fleet_update_id: FleetUpdateId (required),
    }

    /// Answer of [`CancelFleetUpdate`](crate::Operation::CancelFleetUpdate).
    CancelFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`ApproveFleetUpdate`](crate::Operation::ApproveFleetUpdate).
    ApproveFleetUpdateInput {
        fleet_update_id: FleetUpdateId (required),
    }

    /// Answer of [`ApproveFleetUpdate`](crate::Operation::ApproveFleetUpdate).
    ApproveFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Request of [`RollBackFleetUpdate`](crate::Operation::RollBackFleetUpdate).
    RollBackFleetUpdateInput {
        fleet_update_id: FleetUpdateId (required),
    }

    /// Answer of [`RollBackFleetUpdate`](crate::Operation::RollBackFleetUpdate).
    RollBackFleetUpdateOutput {
        fleet_update: FleetUpdate (required),
    }

    /// Who is chosen: whoever satisfies all that is said.
    FleetSelection {
        /// Accounts that are deployed to.
        account_ids: FleetAccountIdList,
        /// Environments that are updated, or whose instances are.
        environment_names: FleetResourceNameList,
        /// Versions from which is updated.
        from_versions: FleetVersionRange,
        /// Instances that are updated, of whatever service.
        service_instance_names: FleetResourceNameList,
        /// Services whose instances or pipelines are updated.
        service_names: FleetResourceNameList,
        /// Tags that a resource has, all of them.
        tags: TagList,
    }

    /// Versions from one to before another.
    FleetVersionRange {
        /// The first.
        at_least: FleetVersion,
        /// The first that doesn't belong any more.
        below: FleetVersion,
    }

    /// How the version travels through the fleet.
    FleetStrategy {
        /// Alarms that stand for a failure while a wave runs or bakes.
        alarms: AlarmIdentifierList,
        approval: FleetApproval,
        /// Seconds to watch each wave after its last deployment.
        bake_seconds: FleetBakeSeconds,
        /// Targets per wave after the canary; without it all that remain.
        batch: FleetBatch,
        canary: FleetCanary,
        /// Deployments under way at one time, 10 without it.
        concurrency: FleetConcurrency,
        /// Of those, the most in one account and region.
        lane_concurrency: FleetConcurrency,
        on_failure: FleetFailureAction,
        /// Failures that are borne, none without it; one more, and `onFailure` is done.
        tolerance: FleetTolerance,
    }

    /// A fleet update.
    FleetUpdate {
        arn: Arn (required),
        completed_at: Timestamp,
        counts: FleetCounts (required),
        created_at: Timestamp (required),
        /// The wave that runs, bakes or waits, from 0.
        current_wave: FleetWaveNumber,
        id: FleetUpdateId (required),
        kind: FleetUpdateKind (required),
        last_modified_at: Timestamp (required),
        name: ResourceName,
        planned_at: Timestamp,
        selection: FleetSelection (required),
        /// How many are skipped, by reason.
        skipped: FleetSkipCountList (required),
        started_at: Timestamp,
        /// ARN of who started it; Protium's own where a policy did.
        started_by: String,
        status: FleetUpdateStatus (required),
        status_message: StatusMessage,
        strategy: FleetStrategy (required),
        /// Targets that come from yet other versions than `versionChanges` tells of.
        targets_not_compared: Integer,
        template_name: ResourceName (required),
        to_major_version: TemplateVersionPart (required),
        to_minor_version: TemplateVersionPart (required),
        /// What would change, by the version that targets come from; empty while the plan is made.
        version_changes: FleetVersionChangesList (required),
        /// Until when a bake or a closed maintenance window lasts.
        waiting_until: Timestamp,
        /// The plan's waves; empty while it is made.
        waves: FleetWaveList (required),
    }

    /// A fleet update as lists show it.
    FleetUpdateSummary {
        arn: Arn (required),
        completed_at: Timestamp,
        created_at: Timestamp (required),
        id: FleetUpdateId (required),
        kind: FleetUpdateKind (required),
        name: ResourceName,
        status: FleetUpdateStatus (required),
        template_name: ResourceName (required),
        to_major_version: TemplateVersionPart (required),
        to_minor_version: TemplateVersionPart (required),
    }

    /// Targets, counted.
    FleetCounts {
        /// Whose deployment has begun.
        attempted: Integer (required),
        failed: Integer (required),
        /// Deployments and roll backs under way.
        in_progress: Integer (required),
        /// Whose turn is still to come.
        pending: Integer (required),
        rolled_back: Integer (required),
        /// Targets of the plan.
        selected: Integer (required),
        /// Left out by the plan, or when their turn came.
        skipped: Integer (required),
        succeeded: Integer (required),
    }

    /// Skipped for one reason.
    FleetSkipCount {
        count: Integer (required),
        reason: FleetSkipReason (required),
    }

    /// What changes for the targets that come from one version.
    FleetVersionChanges {
        /// The most serious first.
        changes: FleetChangeList (required),
        /// How many more there are.
        changes_left_out: Integer,
        from_major_version: TemplateVersionPart (required),
        from_minor_version: TemplateVersionPart (required),
        /// Why they aren't known: the version is gone, for example.
        problem: StatusMessage,
        targets: Integer (required),
    }

    /// A difference between two versions of a template.
    FleetChange {
        kind: FleetChangeKind (required),
        message: StatusMessage (required),
        /// An input, an output as `outputs.NAME`, a file, or a part.
        path: String (required),
        severity: FleetChangeSeverity (required),
        /// Why it is taken so.
        why: String (required),
    }

    /// Targets that are deployed before the next ones are.
    FleetWave {
        counts: FleetCounts (required),
        /// Where its targets are.
        lanes: FleetLaneList (required),
        name: String (required),
        number: FleetWaveNumber (required),
    }

    /// The targets of a wave in one account and region.
    FleetLane {
        account_id: AwsAccountId (required),
        region: String (required),
        targets: Integer (required),
    }

    /// A resource that the plan chose or skipped.
    FleetTarget {
        account_id: AwsAccountId,
        /// Inputs that get another value by the version alone, because a default came, went or changed; at most 20.
        changed_inputs: FleetInputNameList,
        /// The deployment that brought the version.
        deployment_id: DeploymentId,
        from_major_version: TemplateVersionPart,
        from_minor_version: TemplateVersionPart,
        region: String,
        resource_arn: Arn (required),
        /// The deployment that took it back.
        roll_back_deployment_id: DeploymentId,
        skip_reason: FleetSkipReason,
        status: FleetTargetStatus (required),
        status_message: StatusMessage,
        /// Absent of those that the plan skips.
        wave: FleetWaveNumber,
    }
}

unions! {
    /// Who goes first.
    FleetCanary {
        Count(count: FleetTargetCount),
        Percent(percent: FleetPercent),
        /// Whoever has all of these tags.
        Tags(tags: TagList),
    }

    /// How many targets a wave has.
    FleetBatch {
        Count(count: FleetTargetCount),
        Percent(percent: FleetPercent),
    }

    /// How many failures are borne.
    FleetTolerance {
        /// Of the whole fleet update.
        Count(count: FleetToleranceCount),
        /// Of the targets of the wave.
        Percent(percent: FleetTolerancePercent),
    }
}

lists! {
    /// Accounts.
    FleetAccountIdList of AwsAccountId (1, 100);

    /// Names of resources.
    FleetResourceNameList of ResourceName (1, 100);

    /// Alarms.
    AlarmIdentifierList of AlarmIdentifier (0, 20);

    /// Fleet updates, newest first.
    FleetUpdateSummaryList of FleetUpdateSummary;

    /// Reasons, most frequent first.
    FleetSkipCountList of FleetSkipCount;

    /// Waves, in order.
    FleetWaveList of FleetWave;

    /// Versions that targets come from, most targets first.
    FleetVersionChangesList of FleetVersionChanges;

    /// Differences between two versions.
    FleetChangeList of FleetChange;

    /// Names of inputs.
    FleetInputNameList of String;

    /// Accounts and regions of a wave.
    FleetLaneList of FleetLane;

    /// Targets, in the order of the plan.
    FleetTargetList of FleetTarget;
}

enums! {
    /// What is updated.
    FleetUpdateKind {
        Environment = "ENVIRONMENT",
        ServiceInstance = "SERVICE_INSTANCE",
        ServicePipeline = "SERVICE_PIPELINE",
    }

    /// Where a fleet update stands.
    FleetUpdateStatus {
        Planning = "PLANNING",
        Planned = "PLANNED",
        Running = "RUNNING",
        Baking = "BAKING",
        AwaitingApproval = "AWAITING_APPROVAL",
        Paused = "PAUSED",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        RollingBack = "ROLLING_BACK",
        RolledBack = "ROLLED_BACK",
        Cancelling = "CANCELLING",
        Cancelled = "CANCELLED",
    }

    /// Where one target stands.
    FleetTargetStatus {
        Pending = "PENDING",
        Deploying = "DEPLOYING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Skipped = "SKIPPED",
        RollingBack = "ROLLING_BACK",
        RolledBack = "ROLLED_BACK",
        RollBackFailed = "ROLL_BACK_FAILED",
        Superseded = "SUPERSEDED",
    }

    /// Why a resource is left alone.
    FleetSkipReason {
        Pinned = "PINNED",
        Busy = "BUSY",
        IncompatibleSpec = "INCOMPATIBLE_SPEC",
        Failed = "FAILED",
        OptedOut = "OPTED_OUT",
        UpToDate = "UP_TO_DATE",
        Newer = "NEWER",
        Changed = "CHANGED",
        Gone = "GONE",
        EnvironmentIncompatible = "ENVIRONMENT_INCOMPATIBLE",
    }

    /// What kind of difference it is.
    FleetChangeKind {
        InputAdded = "INPUT_ADDED",
        InputRemoved = "INPUT_REMOVED",
        InputRequired = "INPUT_REQUIRED",
        InputOptional = "INPUT_OPTIONAL",
        InputType = "INPUT_TYPE",
        InputDefault = "INPUT_DEFAULT",
        InputValues = "INPUT_VALUES",
        InputLimit = "INPUT_LIMIT",
        InputConstraint = "INPUT_CONSTRAINT",
        Wording = "WORDING",
        Pipeline = "PIPELINE",
        Method = "METHOD",
        OutputAdded = "OUTPUT_ADDED",
        OutputRemoved = "OUTPUT_REMOVED",
        Code = "CODE",
    }

    /// What a difference means for specs that were valid: they stay so and mean the same, they may become invalid or mean
    /// something else, or some become invalid.
    FleetChangeSeverity {
        Fine = "FINE",
        Doubtful = "DOUBTFUL",
        Breaking = "BREAKING",
    }

    /// Where a person has to say yes.
    FleetApproval {
        None = "NONE",
        AfterCanary = "AFTER_CANARY",
        EveryWave = "EVERY_WAVE",
    }

    /// What is done when more fails than is borne.
    FleetFailureAction {
        Stop = "STOP",
        Continue = "CONTINUE",
        RollBack = "ROLL_BACK",
    }
}

impl FleetUpdateStatus {
    /// Whether nothing will change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::RolledBack | Self::Cancelled)
    }
}
