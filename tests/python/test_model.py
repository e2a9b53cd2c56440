"""The generated service model: an ordinary client that signs for `execute-api`, as API Gateway on AWS asks for."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import boto3, sys
client = boto3.client("proton", endpoint_url=sys.argv[1])
signed = []
client.meta.events.register("before-send.proton", lambda request, **_: signed.append(request.headers["Authorization"]))
pages = client.get_paginator("list_environment_templates").paginate(PaginationConfig={"PageSize": 1})
names = [template["name"] for page in pages for template in page["templates"]]
assert "environment_deployed" in client.waiter_names, client.waiter_names
scope = {header.decode() if isinstance(header, bytes) else header for header in signed}
assert all("/execute-api/aws4_request" in header for header in scope), scope
print("\\n".join(names))
"""


@pytest.fixture
def surroundings(tmp_path):
    """An environment in which the model is installed, and nothing of the user's is."""
    surroundings = os.environ | {"HOME": str(tmp_path / "home"), "AWS_DATA_PATH": str(tmp_path / "models")}
    installed = subprocess.run(
        [os.environ["PROTIUM_CLI"], "model", "--install"], env=surroundings, capture_output=True, text=True
    )
    assert installed.returncode == 0, installed.stderr
    assert (tmp_path / "models/proton/2020-07-20/service-2.json").exists(), installed.stdout
    return surroundings


def test_boto3_signs_for_the_gateway(surroundings, outputs, environment_template):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, outputs.ApiEndpoint],
        env=surroundings, capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert environment_template in done.stdout.splitlines()


def test_the_cli_signs_for_the_gateway(surroundings, outputs, environment_template):
    command = ["aws", "proton", "get-environment-template", "--name", environment_template]
    done = subprocess.run(
        [*command, "--endpoint-url", outputs.ApiEndpoint, "--debug"],
        env=surroundings, capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert environment_template in done.stdout
    assert "/execute-api/aws4_request" in done.stderr


def test_the_proxy_serves_an_unmodified_client(proxy, environment_template):
    list_it = ["aws", "proton", "get-environment-template", "--name", environment_template]
    done = subprocess.run([*list_it, "--endpoint-url", proxy], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert environment_template in done.stdout
