"""The AWS CLI unchanged."""

import json
import subprocess

import pytest


@pytest.fixture
def aws(outputs):
    """Runs `aws proton …`; its parsed output."""

    def run(*arguments: str):
        command = ["aws", "proton", *arguments, "--endpoint-url", outputs.ProtonEndpoint, "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_environments_are_listed(aws, environment):
    found = [listed["name"] for listed in aws("list-environments")["environments"]]
    assert environment in found


def test_the_cli_pages_by_itself(aws, unique):
    names = [unique("cli") for _ in range(3)]
    for name in names:
        created = aws("create-environment-template", "--name", name, "--display-name", "By the CLI")
        assert created["environmentTemplate"]["name"] == name
    listed = aws("list-environment-templates", "--page-size", "2")["templates"]
    assert set(names) <= {template["name"] for template in listed}
    limited = aws("list-environment-templates", "--max-items", "1")
    assert len(limited["templates"]) == 1 and limited["NextToken"]


def test_waiters_and_files_work(aws, outputs, environment_template, unique, tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text("proton: EnvironmentSpec\nspec: {label: from-a-file}\n")
    name = unique("cli")
    aws(
        "create-environment", "--name", name, "--template-name", environment_template,
        "--template-major-version", "1", "--proton-service-role-arn", outputs.ProvisioningRoleArn,
        "--spec", f"file://{spec}",
    )
    aws("wait", "environment-deployed", "--name", name)
    listed = aws("list-environment-outputs", "--environment-name", name)["outputs"]
    assert {"key": "Label", "valueString": "from-a-file"} in listed
    assert aws("list-deployments", "--environment-name", name)["deployments"][0]["deploymentStatus"] == "SUCCEEDED"
    deleted = aws("delete-environment", "--name", name)
    assert deleted["environment"]["deploymentStatus"] == "DELETE_IN_PROGRESS"


def test_tags(aws, environment):
    arn = aws("get-environment", "--name", environment)["environment"]["arn"]
    aws("tag-resource", "--resource-arn", arn, "--tags", "key=team,value=red")
    tags = aws("list-tags-for-resource", "--resource-arn", arn)["tags"]
    assert {"key": "team", "value": "red"} in tags


def test_errors_reach_the_user(outputs):
    command = ["aws", "proton", "get-environment", "--name", "no-such-thing", "--endpoint-url", outputs.ProtonEndpoint]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "ResourceNotFoundException" in done.stderr and "no-such-thing" in done.stderr
