"""Rules write events to log groups, as far as resource policies let both services."""

import json

import pytest
from gapfill import log_targets
from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs, eventbridge

ACCOUNT, REGION, GROUP = "000000000000", "us-east-1", "/aws/events/audit"
ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
EVENT = {"Source": "protium", "DetailType": "Protium API Call", "Detail": '{"operation": "CreateService"}', "Time": 1}


def statement(**changed) -> dict:
    return {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{ARN}:*",
    } | changed


@pytest.fixture
def written(monkeypatch):
    """Hands an event to a rule whose target is the group; what the group has then."""
    elsewhere = []
    monkeypatch.setattr(eventbridge, "_invoke_target", lambda target, *_: elsewhere.append(target["Arn"]))
    log_targets.install()

    def run(policies: list, arn: str = ARN) -> tuple[list, list]:
        for number, policy in enumerate(policies):
            document = json.dumps({"Version": "2012-10-17", "Statement": policy})
            cloudwatch_logs._put_resource_policy({"policyName": str(number), "policyDocument": document})
        eventbridge._invoke_target({"Arn": arn}, EVENT, {})
        found = json.loads(cloudwatch_logs._filter_log_events({"logGroupName": GROUP})[2])["events"]
        return [json.loads(event["message"]) for event in found], elsewhere

    with request_scope(ACCOUNT, REGION):
        cloudwatch_logs._create_log_group({"logGroupName": GROUP})
        yield run
        cloudwatch_logs._delete_log_group({"logGroupName": GROUP})
        cloudwatch_logs._resource_policies.clear()


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:*"])
def test_the_whole_event_is_written(written, arn):
    entries, elsewhere = written([statement()], arn)
    assert elsewhere == []
    assert [(entry["source"], entry["detail-type"], entry["detail"]) for entry in entries] == [
        ("protium", "Protium API Call", {"operation": "CreateService"})
    ]


@pytest.mark.parametrize(
    ("policies", "arrives"),
    [
        ([], False),
        ([statement(Principal={"Service": "events.amazonaws.com"})], False),
        ([statement(Principal={"Service": "delivery.logs.amazonaws.com"})], False),
        ([[statement(Principal={"Service": service})] for service in log_targets.WRITERS], True),
        ([statement(Action="logs:PutLogEvents")], False),
        ([statement(Resource=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/other:*")], False),
        ([statement(Resource=ARN)], False),
        ([[statement(), statement(Effect="Deny")]], False),
        ([[statement()], [statement(Effect="Deny")]], False),
        ([statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})], False),
    ],
)
def test_only_what_resource_policies_admit_is_written(written, policies, arrives):
    assert bool(written(policies)[0]) == arrives


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue",
        f"arn:aws:logs:{REGION}:111111111111:log-group:{GROUP}",
        f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{GROUP}",
        "nothing",
    ],
)
def test_other_targets_are_left_alone(written, arn):
    assert written([statement()], arn) == ([], [arn])


def test_a_group_that_is_gone_is_no_error(written):
    assert written([statement()], f"{ARN}-gone") == ([], [])
