"""What the Python suite shares: the local stack's outputs, clients, a bundle.

`cargo xtask test` brings the stack up and sets the environment: PROTIUM_OUTPUTS names its outputs.json, credentials and
region are those of the local account. By hand: `cargo xtask up --detach --empty`, then set them likewise.
"""

import json
import os
import subprocess
import uuid
from pathlib import Path
from types import SimpleNamespace

import boto3
import botocore.session
import pytest

from bundles import bundle
from people import Member, eventually, policies_remove, protium_policy, refused, user


@pytest.fixture(scope="session")
def outputs() -> SimpleNamespace:
    """The outputs of the local stack, by their documented names."""
    return SimpleNamespace(**json.loads(Path(os.environ["PROTIUM_OUTPUTS"]).read_text()))


@pytest.fixture(scope="session")
def proton(outputs):
    """An ordinary boto3 client; nothing but the endpoint differs from AWS's."""
    return boto3.client("proton", endpoint_url=outputs.ProtonEndpoint)


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A directory with the service models that `protium model --install` writes."""
    directory = tmp_path_factory.mktemp("models")
    surroundings = os.environ | {"HOME": str(directory / "home"), "AWS_DATA_PATH": str(directory)}
    command = [os.environ["PROTIUM_CLI"], "model", "--install"]
    subprocess.run(command, env=surroundings, capture_output=True, check=True)
    return directory


@pytest.fixture(scope="session")
def protium(outputs, models):
    """A boto3 client of Protium's own operations."""
    session = botocore.session.Session()
    session.set_config_variable("data_path", str(models))
    return boto3.Session(botocore_session=session).client("protium", endpoint_url=outputs.ApiEndpoint)


@pytest.fixture
def proxies(outputs):
    """Starts `protium proxy` as somebody, in whose environment credentials are; its endpoint."""
    running = []

    def start(surroundings: dict) -> str:
        command = [os.environ["PROTIUM_CLI"], "proxy", "--endpoint-url", outputs.ApiEndpoint, "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(
            [*command, "--region", outputs.Region],
            env=os.environ | surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        words = (word for line in process.stdout for word in line.split())
        return next(word.rstrip(".,") for word in words if word.startswith("http://127.0.0.1:"))

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def proxy(proxies):
    """The endpoint of a running `protium proxy` of the installation's owner."""
    return proxies({})


@pytest.fixture(scope="module")
def members(outputs) -> dict:
    """An engineer, a developer and a reader, and nobody's policies."""
    key = user(outputs)
    return {kind: Member(outputs, key, kind) for kind in ("engineer", "developer", "reader")}


@pytest.fixture(scope="module")
def policies(outputs, members, tmp_path_factory):
    """The ready sets for these roles, in force; afterwards there are no policies, and everybody gets in again.

    What `protium policy push` says. The tests run one after the other, and the owner is an administrator, so nobody else's
    test is shut out meanwhile.
    """
    directory = tmp_path_factory.mktemp("home") / "policies"
    protium_policy(
        outputs,
        "init",
        str(directory),
        "--platform-engineers",
        f"role/team/{members['engineer'].role}",
        "--developers",
        f"role/{members['developer'].role}",
        "--readers",
        f"role/{members['reader'].role}",
    )
    pushed = protium_policy(outputs, "push", str(directory), "--stack", outputs.StackName)
    # The API looks for other policies every few seconds.
    reader = members["reader"].proton
    eventually(lambda: refused(reader, reader.delete_service, "proton:DeleteService", name="nothing"))
    yield pushed
    policies_remove(outputs)


@pytest.fixture(scope="session")
def s3(outputs):
    """S3 of the local AWS."""
    return boto3.client("s3", endpoint_url=outputs.AwsEndpoint)


@pytest.fixture
def unique():
    """Makes names that nothing else has."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def source(s3, outputs, unique):
    """Uploads a bundle of a kind; the `source` of a template version."""

    def upload(kind: str) -> dict:
        key = f"bundles/{unique(kind)}.tar.gz"
        s3.put_object(Bucket=outputs.BundleBucket, Key=key, Body=bundle(kind))
        return {"s3": {"bucket": outputs.BundleBucket, "key": key}}

    return upload


@pytest.fixture
def environment_template(proton, source, unique):
    """A published environment template."""
    name = unique("env-template")
    proton.create_environment_template(name=name)
    proton.create_environment_template_version(templateName=name, source=source("environment"))
    version = {"templateName": name, "majorVersion": "1", "minorVersion": "0"}
    proton.get_waiter("environment_template_version_registered").wait(**version)
    proton.update_environment_template_version(status="PUBLISHED", **version)
    return name


@pytest.fixture
def environment(proton, outputs, environment_template, unique):
    """A deployed environment."""
    name = unique("env")
    proton.create_environment(
        name=name,
        templateName=environment_template,
        templateMajorVersion="1",
        protonServiceRoleArn=outputs.ProvisioningRoleArn,
        spec="proton: EnvironmentSpec\nspec: {label: here}\n",
    )
    proton.get_waiter("environment_deployed").wait(name=name)
    return name
