"""JavaScript clients as they are published, through `protium proxy`: `tests/node` tells which and how.

IAM is on, as everywhere in the suite.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bundles import ROOT

SOURCES = ROOT / "tests/node"


@pytest.fixture(scope="session")
def packages() -> Path:
    """A directory with the programs and the packages that they need; installed anew when package.json changes."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no Node.js with npm on the PATH")
    directory = Path(os.environ["PROTIUM_CLI"]).parents[1] / "node"
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(SOURCES.rglob("package.json")))).hexdigest()
    stamp = directory / "installed.sha256"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(SOURCES, directory)
        # Packages that bring scripts of their own aren't let loose.
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=900)
        if done.returncode:
            pytest.skip(f"npm can't install what tests/node/package.json names: {done.stderr.strip()[-500:]}")
        stamp.write_text(wanted)
    else:
        shutil.copytree(SOURCES, directory, dirs_exist_ok=True)
    return directory


@pytest.fixture
def node(packages, outputs, proxies, tmp_path):
    """Runs a program with an input, as the installation's owner or in a session; its answer.

    It learns the endpoint as everybody's programs do, from the environment.
    """

    def run(program: str, given: dict, session: dict | None = None) -> dict:
        credentials = {}
        if session:
            credentials = {
                "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
                "AWS_SESSION_TOKEN": session["SessionToken"],
            }
        surroundings = os.environ | credentials | {
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL_PROTON": proxies(credentials),
            "AWS_ENDPOINT_URL_STS": outputs.AwsEndpoint,
            "AWS_REGION": outputs.Region,
        }
        command = ["node", program, json.dumps(given)]
        done = subprocess.run(command, cwd=packages, env=surroundings, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_the_javascript_client_works(node, outputs, environment_template, environment, unique):
    name = unique("js")
    given = {"environment": name, "template": environment_template, "role": outputs.ProvisioningRoleArn, "page": 1}
    answer = node("client.js", given)
    assert (answer["created"], answer["createdAt"], answer["waited"]) == ("IN_PROGRESS", True, "SUCCESS")
    assert answer["outputs"] == {"Label": "from JavaScript"}
    assert answer["pages"] >= 2 and {name, environment} <= set(answer["listed"])
    assert answer["refused"] == [
        ["ConflictException", 400, True],
        ["ResourceNotFoundException", 400, True],
        ["ValidationException", 400, True],
    ]


def test_the_backstage_plug_in_works_for_developers_who_publish_nothing(
    proton, node, outputs, members, policies, source, environment, environment_template, unique, tmp_path
):
    template = unique("svc-template")
    proton.create_service_template(name=template, pipelineProvisioning="CUSTOMER_MANAGED")
    proton.create_service_template_version(
        templateName=template,
        source=source("service"),
        compatibleEnvironmentTemplates=[{"templateName": environment_template, "majorVersion": "1"}],
    )
    version = {"templateName": template, "majorVersion": "1", "minorVersion": "0"}
    proton.get_waiter("service_template_version_registered").wait(**version)
    proton.update_service_template_version(status="PUBLISHED", **version)
    draft = proton.create_service_template_version(
        templateName=template,
        majorVersion="1",
        source=source("service"),
        compatibleEnvironmentTemplates=[{"templateName": environment_template, "majorVersion": "1"}],
    )["serviceTemplateVersion"]
    version["minorVersion"] = draft["minorVersion"]
    proton.get_waiter("service_template_version_registered").wait(**version)
    # The plug-in asks for pages as the endpoint cuts them, so one is enough to see that it reads instances at all.
    instances = "".join(f"  - {{name: number-{number}, environment: {environment}, spec: {{}}}}\n" for number in range(2))
    (tmp_path / "spec.yaml").write_text(f"proton: ServiceSpec\ninstances:\n{instances}")
    name = unique("backstage")
    given = {
        "workspace": str(tmp_path),
        "arn": f"arn:aws:proton:{outputs.Region}:{outputs.AccountId}:service/{name}",
        "publish": version | {"status": "PUBLISHED"},
        "input": {
            "serviceName": name,
            "templateName": template,
            "templateMajorVersion": "1",
            "serviceSpecPath": "spec.yaml",
            "region": outputs.Region,
        },
    }
    developer = members["developer"]
    answer = node("backstage.js", given, developer.given)
    assert answer["action"] == "aws:proton:create-service"
    assert answer["outputs"] == {"arn": given["arn"]}
    assert answer["health"] == {"status": 200, "body": {"status": "ok"}}
    service = answer["service"]
    assert (service["status"], service["body"]["arn"], service["body"]["name"]) == (200, given["arn"], name)
    assert service["body"]["status"] in {"CREATE_IN_PROGRESS", "ACTIVE"}
    assert sorted(found["name"] for found in answer["instances"]["body"]) == ["number-0", "number-1"]
    assert answer["unknown"]["status"] == 500
    assert answer["unknown"]["body"]["error"]["name"] == "ResourceNotFoundException"
    said = (
        f"User: {developer.session} is not authorized to perform: proton:UpdateServiceTemplateVersion on resource: "
        f"arn:aws:proton:{outputs.Region}:{outputs.AccountId}:service-template/{template}:1.{version['minorVersion']} "
        "because no policy allows the proton:UpdateServiceTemplateVersion action"
    )
    assert answer["publishing"] == ["AccessDeniedException", said, 400, True]
    assert proton.get_service_template_version(**version)["serviceTemplateVersion"]["status"] == "DRAFT"
    proton.get_waiter("service_created").wait(name=name)
    proton.delete_service(name=name)
    proton.get_waiter("service_deleted").wait(name=name)
