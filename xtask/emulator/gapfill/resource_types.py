"""CloudFormation resource types: every type that cfn-lint knows deploys, with properties coerced as on AWS.

MiniStack implements some hundred types. Templates of real environments use more (flow logs, scaling policies,
dashboards, ...), and nothing in Protium depends on what those resources do, only on their being created, updated and
deleted with ids and attributes. So a type that the emulator lacks becomes a record: a made-up id, made-up values for
the read-only attributes of its registry schema. Names that AWS doesn't know either are still refused.
"""

import functools
import hashlib

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER as SCHEMAS
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import ssm
from ministack.services.cloudformation import changesets, provisioners

# The region whose registry schemas are read; they differ little between regions.
SCHEMA_REGION = "us-east-1"
# Attributes that the emulator's own handlers omit: property names that are readable as they were given.
ATTRIBUTES_OMITTED = {
    "AWS::EC2::VPC": lambda pid, props: {
        "CidrBlock": props.get("CidrBlock"),
        "VpcId": pid,
        "CidrBlockAssociations": [],
        "Ipv6CidrBlocks": [],
    },
    "AWS::EC2::Subnet": lambda pid, props: {
        "CidrBlock": props.get("CidrBlock"),
        "VpcId": props.get("VpcId"),
        "SubnetId": pid,
    },
}
# Types whose ids have a known prefix, where templates or people look at it.
ID_PREFIXES = {"AWS::EC2::NatGateway": "nat-", "AWS::EC2::VPCEndpoint": "vpce-"}
# Public AMI parameters that container environments read.
IMAGE_PARAMETERS = {
    "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id": "ami-0ec5000000000000a",
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id": "ami-0ec5000000000000b",
}


def install() -> None:
    """Puts our table of types in the place of the emulator's, and adds the AMI parameters."""
    handlers = ResourceTypes(provisioners._RESOURCE_HANDLERS)
    provisioners._RESOURCE_HANDLERS = handlers
    changesets._RESOURCE_HANDLERS = handlers
    for table in vars(ssm).values():
        if isinstance(table, dict) and any(str(key).startswith("/aws/service/ami-amazon-linux") for key in table):
            for name, image in IMAGE_PARAMETERS.items():
                table.setdefault(name, image)


class ResourceTypes(dict):
    """Handlers by type name; those of types unknown to the emulator are made when first asked for."""

    def __init__(self, native: dict) -> None:
        super().__init__()
        self.native = native
        self.known = set(SCHEMAS.get_resource_types(SCHEMA_REGION))

    def __contains__(self, name: object) -> bool:
        return name in self.native or name in self.known

    def __missing__(self, name: str) -> dict:
        if name not in self:
            raise KeyError(name)
        handler = self.native.get(name) or record_handler(name)
        if name in ATTRIBUTES_OMITTED:
            handler = with_attributes(handler, ATTRIBUTES_OMITTED[name])
        self[name] = with_coercion(handler, name) if name in self.known else handler
        return self[name]

    def get(self, name: str, default=None):
        return self[name] if name in self else default


@functools.cache
def schema_of(name: str) -> dict:
    """The registry schema of a type."""
    return SCHEMAS.get_resource_schema(SCHEMA_REGION, name).schema


def record_handler(name: str) -> dict:
    """Handlers of a type that is only remembered."""
    schema = schema_of(name)
    read_only = [pointer.split("/")[2:] for pointer in schema.get("readOnlyProperties", [])]
    identifiers = [pointer.split("/")[2:] for pointer in schema.get("primaryIdentifier", [])]

    def attributes(props: dict, physical_id: str) -> dict:
        made_up = {
            ".".join(part for part in path if part != "*"): attribute_value(name, path[-1], physical_id)
            for path in read_only
        }
        given = {key: value for key, value in (props or {}).items() if isinstance(value, (str, int))}
        return given | made_up

    def create(logical_id, props, stack_name):
        seed = hashlib.sha256(f"{stack_name}/{logical_id}/{new_uuid()}".encode()).hexdigest()
        if name == "AWS::EC2::EIP":
            # The one type whose Ref is an address, not an id (TEST-NET-3: reachable by nobody).
            address = f"203.0.113.{int(seed[:2], 16) % 250 + 1}"
            return address, attributes(props, address) | {
                "PublicIp": address,
                "AllocationId": f"eipalloc-{seed[:17]}",
            }
        given = value_at(props, identifiers[0]) if len(identifiers) == 1 else None
        if isinstance(given, str):
            physical_id = given
        elif name in ID_PREFIXES:
            physical_id = ID_PREFIXES[name] + seed[:17]
        else:
            physical_id = f"{stack_name}-{logical_id}-{seed[:12].upper()}"
        return physical_id, attributes(props, physical_id)

    def update(physical_id, old, new, stack_name, *_args, **_kwargs):
        return physical_id, attributes(new, physical_id)

    def delete(physical_id, props):
        return None

    return {"create": create, "update": update, "delete": delete}


def attribute_value(type_name: str, attribute: str, physical_id: str) -> str:
    """A made-up value of the look that its name promises."""
    _, service, resource = type_name.lower().split("::")[:3]
    if attribute.lower().endswith("arn"):
        return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}/{physical_id}"
    if attribute.endswith("Id"):
        return physical_id
    if any(word in attribute.lower() for word in ("url", "endpoint", "dns")):
        return f"{physical_id}.local.test"
    return f"{physical_id}-{attribute}"


def value_at(props, path):
    """The value at a path of property names, or None."""
    for name in path:
        props = props.get(name) if isinstance(props, dict) else None
    return props


def with_attributes(handler: dict, extra) -> dict:
    """The handler, with attributes added to those that its create answers."""
    create = handler["create"]

    def create_with_attributes(logical_id, props, stack_name):
        physical_id, attributes = create(logical_id, props, stack_name)
        return physical_id, extra(physical_id, props or {}) | dict(attributes)

    return handler | {"create": create_with_attributes}


def with_coercion(handler: dict, name: str) -> dict:
    """The handler, given properties of the types that the schema asks for (`"1"` becomes 1), as CloudFormation does."""
    schema = schema_of(name)

    def coerced_all(props):
        return coerced(props, {"properties": schema.get("properties", {})}, schema) if props else props

    wrapped = dict(handler)
    if create := handler.get("create"):
        wrapped["create"] = lambda logical_id, props, stack: create(logical_id, coerced_all(props), stack)
    if update := handler.get("update"):
        wrapped["update"] = lambda physical_id, old, new, *args, **kwargs: update(
            physical_id, coerced_all(old), coerced_all(new), *args, **kwargs
        )
    return wrapped


def coerced(value, schema, root):
    """The value in the type of its schema, where a lossless conversion exists; else unchanged."""
    schema = resolved(schema, root)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {k: coerced(v, properties[k], root) if k in properties else v for k, v in value.items()}
    if isinstance(value, list):
        return [coerced(item, schema.get("items", {}), root) for item in value]
    return scalar(value, schema.get("type")) if isinstance(value, str) else value


def scalar(text: str, wanted):
    """A string as integer, number or boolean."""
    if wanted in ("integer", "number") and text.lstrip("-").isdigit():
        return int(text)
    if wanted == "number":
        try:
            return float(text)
        except ValueError:
            return text
    if wanted == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def resolved(schema, root) -> dict:
    """Follows `$ref`s inside the type's schema."""
    while isinstance(schema, dict) and "$ref" in schema:
        target = root
        for part in schema["$ref"].split("/")[1:]:
            target = target.get(part, {})
        schema = target
    return schema if isinstance(schema, dict) else {}
