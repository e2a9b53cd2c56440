"""Events cross accounts as far as the policy of the bus admits them."""

from types import SimpleNamespace

import pytest
from gapfill import event_buses
from ministack.core.responses import get_account_id, request_scope
from ministack.services import eventbridge

HERE, THERE, REGION = "000000000000", "111111111111", "us-east-1"
BUS = SimpleNamespace(service="events", account_id=HERE, region=REGION, resource="event-bus/inbound")
POLICY = {
    "EventBusName": "inbound",
    "StatementId": "accounts",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": [THERE]},
        "Action": "events:PutEvents",
        "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"events:source": "aws.cloudformation"}},
    },
}


@pytest.fixture
def policy():
    with request_scope(HERE, REGION):
        event_buses.policy_create("Policy", POLICY, "stack")
        yield
        event_buses.policy_delete(None, POLICY)


@pytest.fixture
def delivered(monkeypatch):
    """Events in the account that got them."""
    found = []
    monkeypatch.setattr(eventbridge, "_dispatch_to_event_bus", None)
    event_buses.buses_of_other_accounts(lambda _spec, event, *_: found.append((get_account_id(), event["Source"])))
    return found


@pytest.mark.parametrize(
    ("account", "source", "arrives"),
    [
        (THERE, "aws.cloudformation", True),
        (THERE, "made.up", False),
        ("222222222222", "aws.cloudformation", False),
        (HERE, "made.up", True),
    ],
)
def test_only_what_the_policy_admits_arrives(policy, delivered, account, source, arrives):
    with request_scope(account, REGION):
        eventbridge._dispatch_to_event_bus(BUS, {"Source": source}, {}, set())
    assert delivered == ([(HERE, source)] if arrives else [])


def test_a_policy_that_is_gone_admits_nobody(delivered):
    with request_scope(HERE, REGION):
        event_buses.policy_create("Policy", POLICY, "stack")
        other = POLICY | {"StatementId": "other"}
        event_buses.policy_update(None, POLICY, other, "stack")
        assert [one["Sid"] for one in eventbridge._event_bus_policies["inbound"]["Statement"]] == ["other"]
        event_buses.policy_delete(None, other)
    with request_scope(THERE, REGION):
        eventbridge._dispatch_to_event_bus(BUS, {"Source": "aws.cloudformation"}, {}, set())
    assert delivered == []
