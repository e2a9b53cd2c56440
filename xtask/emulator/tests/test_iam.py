"""Condition keys and policy variables as AWS fills them in."""

import pytest
from gapfill import iam
from ministack.core.iam_evaluator import EvalContext

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
    assert iam.filled(written, CONTEXT) == meant
