"""Condition keys and policy variables as AWS fills them in, and simulations."""

import json
import re

import pytest
from gapfill import iam as filler
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.core.responses import request_scope
from ministack.services import iam

CONTEXT = EvalContext(
    principal_arn="arn:aws:iam::111111111111:user/u",
    principal_type="User",
    principal_account="111111111111",
    action="sts:AssumeRole",
    resource_arn="*",
    region="us-east-1",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${aws:PrincipalAccount}", "111111111111"),
        (["x-${aws:PrincipalAccount}", "y"], ["x-111111111111", "y"]),
        ({"StringEquals": {"k": "${aws:PrincipalAccount}"}}, {"StringEquals": {"k": "111111111111"}}),
        ("${aws:SourceVpc}", "${aws:SourceVpc}"),
        (True, True),
    ],
)
def test_variables_are_filled_where_they_have_a_value(written, meant):
    assert filler.filled(written, CONTEXT) == meant


def test_simulations_know_the_policies_of_roles_with_a_path(monkeypatch):
    monkeypatch.setattr(iam_evaluator, "_gather_role_policies", iam_evaluator._gather_role_policies)
    filler.roles_by_name()
    document = {"Statement": [{"Effect": "Allow", "Action": "cloudformation:Describe*", "Resource": "*"}]}
    with request_scope("111111111111", "us-east-1"):
        iam._create_role({"RoleName": ["r"], "Path": ["/protium/"], "AssumeRolePolicyDocument": ["{}"]})
        iam._put_role_policy({"RoleName": ["r"], "PolicyName": ["p"], "PolicyDocument": [json.dumps(document)]})
        asked = {"PolicySourceArn": ["arn:aws:iam::111111111111:role/protium/r"]}
        asked |= {f"ActionNames.member.{n}": [f"cloudformation:{name}"] for n, name in [(1, "DescribeStacks"), (2, "DeleteStack")]}
        answer = iam._simulate_principal_policy(asked)[2].decode()
    assert re.findall("<EvalDecision>(.*?)</EvalDecision>", answer) == ["allowed", "implicitDeny"]
