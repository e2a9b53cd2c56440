"""Real bundles: each CloudFormation template of the starter bundles, of the public samples beside the checkout, and of
what PROTIUM_SAMPLE_BUNDLES names renders as Jinja2 renders it in the same context.

The contexts are built here from schema and template, by behaviour 6.1: defaults, something of the right type where there
is none, and outputs under every name that the template asks for. So are the four filters of behaviour 6.3.
"""

import difflib
import os
import re
from pathlib import Path

import jinja2
import pytest
import yaml

from test_jinja import ENVIRONMENT, ROOT, batch

ACCOUNT = "111122223333"
EXAMPLES = {"string": "text", "number": 7, "integer": 7, "boolean": True, "array": [], "object": {}}


def bundles() -> list[Path]:
    roots = [ROOT / "bundles", ROOT.parent / "shared" / "samples"]
    roots += [Path(path) for path in os.environ.get("PROTIUM_SAMPLE_BUNDLES", "").split(":") if path]
    return sorted({schema.parent.parent for root in roots for schema in root.rglob("schema/schema.yaml")})


def templates(bundle: Path) -> list[Path]:
    """Those that a manifest renders with Jinja."""
    found = []
    for manifest in sorted(bundle.glob("*infrastructure/manifest.y*ml")):
        for entry in yaml.safe_load(manifest.read_text())["infrastructure"]["templates"]:
            if entry.get("rendering_engine") == "jinja":
                found.append(manifest.parent / entry["file"])
    return found


def inputs(schema: dict, kind: str) -> dict:
    types = schema["schema"]
    properties = types.get("types", {}).get(types.get(kind), {}).get("properties") or {}
    return {name: value.get("default", EXAMPLES[value["type"]]) for name, value in properties.items()}


def outputs(text: str) -> dict:
    """What isn't text in a mapping's key is an ARN of a policy, so that the filters have something to do."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p"
    return {name: "ruby2.7" if name == "LambdaRuntime" else arn for name in re.findall(r"outputs\.(\w+)", text)}


def context(template: Path, text: str, bare: bool) -> dict:
    schema = yaml.safe_load((template.parent.parent / "schema" / "schema.yaml").read_text())
    if template.parent.name == "infrastructure":
        return {"environment": {"name": "env", "inputs": inputs(schema, "environment_input_type")}}
    environment = {"name": "env", "account_id": ACCOUNT, "outputs": outputs(text)}
    service = {"name": "svc", "repository_id": "a/b", "repository_connection_arn": "arn:x", "branch_name": "main"}
    component = {"name": "part", "outputs": {"One": f"arn:aws:iam::{ACCOUNT}:policy/q", "Two": "007"}}
    instance = {"inputs": inputs(schema, "service_input_type"), "components": {} if bare else {"default": component}}
    if template.parent.name == "instance_infrastructure":
        return {"service": service, "environment": environment, "service_instance": {"name": "one", **instance}}
    of_pipeline = [{"name": name, "environment": environment, "outputs": outputs(text), **instance} for name in ("one", "two")]
    return {
        "service": service,
        "pipeline": {"inputs": inputs(schema, "pipeline_input_type")},
        "service_instances": of_pipeline[:1] if bare else of_pipeline,
    }


def seen_by_jinja(context: dict) -> dict:
    """The synonym and the empty component, which only templates see."""
    if "service_instance" not in context:
        return context
    instance = context["service_instance"]
    components = instance["components"] or {"default": Component()}
    return {**context, "service_instance": {**instance, "components": components, "environment": context["environment"]}}


class Component(dict):
    """None: empty, and so are its outputs."""

    outputs: dict = {}


BEGIN, BREAK = "\ue000", "\ue001"


def block(lines: list[str]) -> str:
    return BEGIN + BREAK.join(lines) if lines else ""


def resolved(text: str) -> str:
    """The lines of blocks below their first."""
    done = []
    for line in text.split("\n"):
        while BREAK in line:
            head, line = line.split(BREAK, 1)
            column = head.find(BEGIN) if BEGIN in head else column
            done.append(head.replace(BEGIN, ""))
            line = " " * column + line
        done.append(line.replace(BEGIN, ""))
    return "\n".join(done)


def quoted(value: str) -> str:
    return f"'{value}'" if isinstance(yaml.safe_load(value), (int, float, bool)) else value


def ecs(values: dict, raw: bool = True) -> str:
    return block([line for name, value in values.items() for line in (f"- Name: {name}", f"  Value: {quoted(value)}")])


def lambdas(values: dict, raw: bool = True) -> str:
    return block([f"{name}: {quoted(value)}" for name, value in values.items()])


def policies(values: dict) -> str:
    return block([f"- {value}" for value in values.values() if re.match(r"arn:[a-zA-Z-]+:iam::\d{12}:policy/", value)])


@pytest.mark.parametrize("bare", [False, True], ids=["attached", "bare"])
def test_templates_render_alike(bare: bool):
    environment = ENVIRONMENT.overlay()
    environment.filters = {
        **ENVIRONMENT.filters,
        "proton_cfn_ecs_task_definition_formatted_env_vars": ecs,
        "proton_cfn_lambda_function_formatted_env_vars": lambdas,
        "proton_cfn_iam_policy_arns": policies,
        "proton_cfn_sanitize": str,
    }
    found = [(template, template.read_text()) for bundle in bundles() for template in templates(bundle)]
    requests = [{"do": "render", "template": text, "context": context(template, text, bare)} for template, text in found]
    differing = []
    for (template, text), request, ours in zip(found, requests, batch(requests)):
        theirs = reference(environment, text, request["context"])
        if ours.get("ok", "refused") != theirs:
            both = (theirs.splitlines(), ours.get("ok", ours.get("error")).splitlines())
            differing += [str(template), *difflib.unified_diff(*both, "Jinja2", "Protium", lineterm="")]
    assert not differing, "\n".join(differing)
    assert found, "the starter bundles at least are there"


def reference(environment: jinja2.Environment, text: str, context: dict) -> str:
    try:
        return resolved(environment.from_string(text).render(seen_by_jinja(context)))
    except jinja2.UndefinedError:
        return "refused"
