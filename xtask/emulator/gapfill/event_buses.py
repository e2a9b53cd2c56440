"""EventBridge: buses of other accounts.

Environment accounts forward their stack events to a bus of the management account, whose policy says from whom it takes
what. MiniStack keeps accounts apart but delivers within one only, and has no `AWS::Events::EventBusPolicy`. Here events
cross accounts of one region, as far as the policy of the bus admits them.
"""

import json
import logging

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

log = logging.getLogger("launcher")


def install() -> None:
    """Adds the resource type, and patches the targets that are buses."""
    provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"] = {
        "create": policy_create,
        "update": policy_update,
        "delete": policy_delete,
    }
    buses_of_other_accounts(eventbridge._dispatch_to_event_bus)


def policy_create(_logical_id, props, _stack_name):
    """Puts the statement into the policy of its bus."""
    bus, statement = props.get("EventBusName", "default"), props.get("Statement", {})
    statement = json.loads(statement) if isinstance(statement, str) else dict(statement)
    policy_delete(None, props)
    policy = eventbridge._event_bus_policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
    policy["Statement"].append({"Sid": props["StatementId"], **statement})
    eventbridge._event_bus_policies[bus] = policy
    return f"{bus}|{props['StatementId']}", {}


def policy_update(_physical_id, old, new, stack_name, *_args, **_kwargs):
    """Replaces the statement."""
    policy_delete(None, old)
    return policy_create(None, new, stack_name)


def policy_delete(_physical_id, props) -> None:
    """Takes the statement out again."""
    bus = props.get("EventBusName", "default")
    if policy := eventbridge._event_bus_policies.get(bus):
        policy["Statement"] = [one for one in policy["Statement"] if one.get("Sid") != props["StatementId"]]


def buses_of_other_accounts(within_account) -> None:
    """Hands an event over in the scope of the account that has the bus."""

    def dispatch(spec, event, rule, event_path, target_input_payload=None):
        if spec.account_id == get_account_id() or spec.region != get_region():
            return within_account(spec, event, rule, event_path, target_input_payload)
        if not admitted(spec, event):
            log.warning("the policy of %s admits no %s of %s", spec.resource, event.get("Source"), get_account_id())
            return None
        with request_scope(spec.account_id, spec.region):
            return within_account(spec, event, rule, event_path, target_input_payload)

    eventbridge._dispatch_to_event_bus = dispatch


def admitted(spec, event: dict) -> bool:
    """Whether the policy of the bus lets the calling account put the event."""
    bus = spec.resource.split("/", 1)[1]
    policy = eventbridge._event_bus_policies.get_scoped(spec.account_id, spec.region, bus) or {}
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::{get_account_id()}:root",
        principal_type="AssumedRole",
        principal_account=get_account_id(),
        action="events:PutEvents",
        resource_arn=f"arn:aws:events:{spec.region}:{spec.account_id}:event-bus/{bus}",
        region=spec.region,
        service_context={"events:source": event.get("Source"), "events:detail-type": event.get("DetailType")},
    )
    # A trust policy is a resource policy whose resource goes without saying: a bus's statements name theirs alone.
    return iam_evaluator.evaluate_trust_policy(policy, context.principal_arn, context)
