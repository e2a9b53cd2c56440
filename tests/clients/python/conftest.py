"""What these tests share: the API over fakes, clients of it, and a check of every answer.

`cargo xtask test` sets PROTIUM_OVER_FAKES, the program that serves the API over fakes. The client for Proton has botocore's
own model; the one for Protium's operations has the model that we publish.
"""

import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.client import Config
from botocore.validate import ParamValidator

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/protium/provisioning"
CONNECTION = f"arn:aws:codestar-connections:eu-west-1:{ACCOUNT}:connection/0a1b2c3d-0000-4000-8000-000000000000"
MANIFEST = """\
infrastructure:
  templates:
    - file: component.yaml
      rendering_engine: jinja
      template_language: cloudformation
"""

# Members that the model calls required and that Proton leaves out until there is a value.
EVENTUAL = {"lastDeploymentSucceededAt", "roleArn", "environmentName"}


def environment_spec(size="small"):
    return f"proton: EnvironmentSpec\nspec: {{size: {size}}}\n"


def service_spec(instances, environment="beta", size="small", pipeline=None):
    head = "proton: ServiceSpec\n" + (f"pipeline: {{dir: {pipeline}}}\n" if pipeline else "")
    entries = "".join(
        f"  - name: {name}\n    environment: {environment}\n    spec: {{size: {size}}}\n" for name in instances
    )
    return f"{head}instances:\n{entries}"


class World:
    """What surrounds the API: stacks, workflows, buckets."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def tell(self, control):
        request = urllib.request.Request(f"{self.endpoint}/world", data=json.dumps(control).encode())
        urllib.request.urlopen(request, timeout=30).read()

    def stacks_end(self, **endings):
        """How the next creations, updates and deletions of stacks end."""
        self.tell({"script": endings})

    def bundle(self, kind, key):
        """Uploads a bundle; the `source` of a template version."""
        self.tell({"bundle": {"kind": kind, "key": key}})
        return {"s3": {"bucket": "uploads", "key": key}}

    def blocker(self, service):
        """Blocks the synchronisation of a service."""
        self.tell({"blocker": {"service": service}})

    def run(self):
        """Lets all work end."""
        self.tell("run")


@pytest.fixture(scope="session")
def endpoint():
    program = os.environ["PROTIUM_OVER_FAKES"]
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()


@pytest.fixture
def world(endpoint):
    """A new world: the templates `net`, `web` and `piped` in version 1.0, and nothing else."""
    world = World(endpoint)
    world.tell("new")
    return world


@pytest.fixture(scope="session")
def published_models(tmp_path_factory):
    """A botocore session that knows the models that we publish beside its own."""
    directory = tmp_path_factory.mktemp("models")
    golden = ROOT / "shared/wire/tests/golden/protium"
    version = json.loads((golden / "service-2.json").read_text())["metadata"]["apiVersion"]
    shutil.copytree(golden, directory / "protium" / version)
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.append(str(directory))
    return boto3.Session(botocore_session=session)


def client(session, service, endpoint):
    made = session.client(
        service,
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    made.called = []

    def check(http_response, parsed, model, **_):
        """An answer has what the model requires, of the types that it says, and nothing that it doesn't know."""
        made.called.append(model.name)
        if http_response.status_code != 200:
            names = {shape.name for shape in model.error_shapes}
            assert parsed["Error"]["Code"] in names, f"{model.name} doesn't declare {parsed['Error']}"
            return
        raw = json.loads(http_response.content)
        body = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        assert known(raw, body) == set(), f"{model.name}: the model lacks {known(raw, body)}"
        errors = ParamValidator().validate(body, model.output_shape)
        told = [line for line in errors.generate_report().splitlines() if not eventual(line)]
        assert not told, f"{model.name}: {told}"

    made.meta.events.register(f"after-call.{service}", check)
    return made


def eventual(line):
    return line.startswith("Missing required parameter in ") and line.split('"')[1] in EVENTUAL


def known(raw, parsed, at=""):
    """What stands in an answer and didn't survive its parsing."""
    if isinstance(raw, dict):
        lost = {f"{at}.{name}" for name in raw.keys() - parsed.keys()}
        return lost.union(*(known(raw[name], parsed[name], f"{at}.{name}") for name in raw.keys() & parsed.keys()))
    if isinstance(raw, list):
        return set().union(*(known(*pair, at=f"{at}[]") for pair in zip(raw, parsed, strict=True)))
    return set()


@pytest.fixture
def proton(world, endpoint):
    """An ordinary boto3 client with botocore's own model of Proton."""
    return client(boto3.Session(), "proton", endpoint)


@pytest.fixture
def protium(world, endpoint, published_models):
    """A boto3 client with the model that we publish of our own operations."""
    return client(published_models, "protium", endpoint)


@pytest.fixture
def make(proton):
    """Makes what the tests begin with."""
    return Maker(proton)


class Maker:
    """Each makes something and waits until it is there."""

    def __init__(self, proton):
        self.proton = proton

    def wait(self, waiter, **arguments):
        self.proton.get_waiter(waiter).wait(WaiterConfig={"Delay": 0, "MaxAttempts": 9}, **arguments)

    def environment(self, name="beta", wait=True):
        self.proton.create_environment(
            name=name, templateName="net", templateMajorVersion="1", spec=environment_spec(),
            protonServiceRoleArn=ROLE, componentRoleArn=ROLE,
        )
        if wait:
            self.wait("environment_deployed", name=name)

    def service(self, name="shop", instances=("one",), wait=True):
        self.proton.create_service(
            name=name, templateName="web", templateMajorVersion="1", spec=service_spec(instances)
        )
        if wait:
            self.wait("service_created", name=name)

    def piped(self, name="piped", wait=True):
        self.proton.create_service(
            name=name, templateName="piped", templateMajorVersion="1", spec=service_spec(["one"], pipeline="app"),
            repositoryConnectionArn=CONNECTION, repositoryId="acme/shop", branchName="main",
        )
        if wait:
            self.wait("service_created", name=name)

    def component(self, name="queue", wait=True, **place):
        self.proton.create_component(
            name=name, templateFile="Resources: {}\n", manifest=MANIFEST, **(place or {"environmentName": "beta"})
        )
        if wait:
            self.wait("component_deployed", name=name)
