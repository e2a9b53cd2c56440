"""EventBridge: rules whose target is a log group of CloudWatch Logs, which MiniStack takes and doesn't deliver to.

Protium files the records of API calls so. As on AWS, what arrives is the whole event, and only as far as the account's
resource policies let both services write that deliver it (EventBridge user guide, "CloudWatch Logs permissions").
"""

import json
import logging

from ministack.core import iam_evaluator
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, eventbridge

log = logging.getLogger("launcher")

WRITERS = ("events.amazonaws.com", "delivery.logs.amazonaws.com")
ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
# AWS makes streams under names of its own.
STREAM = "events"


def install() -> None:
    """Patches the targets that are log groups; input transformers, which Protium has none of there, aren't looked at."""
    invoke = eventbridge._invoke_target

    def invoke_or_write(target, event, rule, view=None):
        group = group_of(target.get("Arn", ""))
        if group is None:
            return invoke(target, event, rule, view)
        view = view or eventbridge._pattern_event_view(event)
        return write(group, json.dumps(view.event_with_detail()))

    eventbridge._invoke_target = invoke_or_write


def group_of(arn: str) -> str | None:
    """The name of the log group of this account and region that a target is."""
    try:
        spec = parse_arn(arn)
    except ArnParseError:
        return None
    if (spec.service, spec.account_id, spec.region) != ("logs", get_account_id(), get_region()):
        return None
    return spec.resource.removeprefix("log-group:").removesuffix(":*")


def write(group: str, message: str) -> None:
    """Writes one entry, or says why it doesn't."""
    if group not in cloudwatch_logs._log_groups:
        log.warning("EventBridge: there is no log group %s", group)
    elif not admitted(group):
        log.warning("EventBridge: no resource policy lets it write to the log group %s", group)
    else:
        place = {"logGroupName": group, "logStreamName": STREAM}
        if STREAM not in cloudwatch_logs._log_groups[group]["streams"]:
            cloudwatch_logs._create_log_stream(place)
        cloudwatch_logs._put_log_events({**place, "logEvents": [{"message": message}]})


def admitted(group: str) -> bool:
    """Whether the account's resource policies let both services make the stream and write to it."""
    return all(allowed(writer, action, group) for writer in WRITERS for action in ACTIONS)


def allowed(writer: str, action: str, group: str) -> bool:
    """Whether some policy allows a service an action, and none forbids it."""
    context = iam_evaluator.EvalContext(
        principal_arn=writer,
        principal_type="Service",
        principal_account=get_account_id(),
        action=action,
        resource_arn=f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:{STREAM}",
        region=get_region(),
    )
    documents = [policy["policyDocument"] for policy in cloudwatch_logs._resource_policies.values()]
    decisions = {iam_evaluator.evaluate_resource_policy(one, context, writer).decision for one in documents}
    return "Allow" in decisions and "Deny" not in decisions
