"""CloudFormation's own events on the default bus, which MiniStack doesn't send.

Protium resumes a waiting deployment from "CloudFormation Stack Status Change"; without these events every local
deployment would wait for the periodic observation.
"""

import json
import logging
import sys

from ministack.services import eventbridge
from ministack.services.cloudformation import stacks

log = logging.getLogger("launcher")


def install() -> None:
    """Sends an event for every entry of a stack's event list, wherever the emulator writes one."""
    record = stacks._add_event

    def record_and_publish(
        stack_id, stack_name, logical_id, resource_type, status, reason="", physical_id="", detailed_status=""
    ):
        record(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status)
        publish(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id)

    for name, module in list(sys.modules.items()):
        if name.startswith("ministack.services.cloudformation") and getattr(module, "_add_event", None) is record:
            module._add_event = record_and_publish


def publish(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id) -> None:
    """One event in the form of the CloudFormation user guide, "Managing events with EventBridge"."""
    detail = {
        "stack-id": stack_id,
        "status-details": {"status": status, "status-reason": reason},
        "client-request-token": "",
    }
    about_stack = resource_type == "AWS::CloudFormation::Stack" and logical_id == stack_name
    if not about_stack:
        detail |= {
            "logical-resource-id": logical_id,
            "physical-resource-id": physical_id,
            "resource-type": resource_type,
        }
    entry = {
        "Source": "aws.cloudformation",
        "DetailType": f"CloudFormation {'Stack' if about_stack else 'Resource'} Status Change",
        "Resources": [stack_id],
        "Detail": json.dumps(detail),
    }
    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:
        # As on AWS, a stack doesn't fail because its event got lost.
        log.warning("stack event of %s not sent", stack_name, exc_info=True)
