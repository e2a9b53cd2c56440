"""Operations on change sets take a stack's ARN for its name."""

import pytest
from gapfill import change_sets
from ministack.services.cloudformation import handlers

ARN = "arn:aws:cloudformation:us-east-1:000000000000:stack/ours/1"


@pytest.mark.parametrize(
    ("given", "status", "seen"),
    [
        (ARN, "CREATE_COMPLETE", "ours"),
        (ARN, "DELETE_COMPLETE", ARN),
        ("ours", "CREATE_COMPLETE", "ours"),
        ("arn:aws:cloudformation:us-east-1:000000000000:stack/theirs/2", "CREATE_COMPLETE", None),
    ],
)
def test_a_live_stacks_arn_becomes_its_name(monkeypatch, given, status, seen):
    stack = {"StackName": "ours", "StackId": ARN, "StackStatus": status}
    monkeypatch.setattr(handlers, "_resolve_stack", lambda name: stack if name in ("ours", ARN) else None)
    handler = change_sets.by_name(lambda params: handlers._p(params, "StackName"))
    assert handler({"StackName": [given]}) == (seen or given)
