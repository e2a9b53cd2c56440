"""Types that the emulator lacks deploy as records, and properties get the types that their schemas ask for."""

import pytest
from gapfill import resource_types
from ministack.services.cloudformation import provisioners

TYPES = resource_types.ResourceTypes(provisioners._RESOURCE_HANDLERS)


def test_a_type_that_aws_knows_deploys_as_a_record():
    handler = TYPES["AWS::EC2::NatGateway"]
    physical_id, attributes = handler["create"]("Nat", {"SubnetId": "subnet-1"}, "stack")
    assert physical_id.startswith("nat-")
    assert attributes["SubnetId"] == "subnet-1"
    assert handler["update"](physical_id, {}, {"SubnetId": "subnet-2"}, "stack")[0] == physical_id
    assert handler["delete"](physical_id, {}) is None


def test_a_type_that_aws_does_not_know_is_refused():
    assert "AWS::EC2::NoSuchThing" not in TYPES
    assert TYPES.get("AWS::EC2::NoSuchThing") is None
    with pytest.raises(KeyError):
        TYPES["AWS::EC2::NoSuchThing"]


def test_an_own_name_becomes_the_id():
    handler = resource_types.record_handler("AWS::CloudWatch::Dashboard")
    assert handler["create"]("Dash", {"DashboardName": "mine"}, "stack")[0] == "mine"


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("1", "integer", 1),
        ("-1", "integer", -1),
        ("1.5", "number", 1.5),
        ("012345678901", "string", "012345678901"),
        ("true", "boolean", True),
        ("yes", "boolean", "yes"),
        ("one", "number", "one"),
    ],
)
def test_scalars_are_coerced_where_nothing_is_lost(text, wanted, expected):
    assert resource_types.scalar(text, wanted) == expected


def test_coercion_reaches_into_lists_and_references():
    root = {"definitions": {"Port": {"type": "object", "properties": {"From": {"type": "integer"}}}}}
    schema = {"properties": {"Ports": {"type": "array", "items": {"$ref": "#/definitions/Port"}}}}
    assert resource_types.coerced({"Ports": [{"From": "80"}], "Other": "80"}, schema, root) == {
        "Ports": [{"From": 80}],
        "Other": "80",
    }
