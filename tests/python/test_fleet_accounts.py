"""A fleet update over three accounts, of which CloudFormation throttles one: it arrives everywhere, and nobody waits for it."""

import json
import os
import time
from pathlib import Path

import pytest
from bundles import MANIFEST, ROOT, SCHEMA, archive
from test_second_account import ACCOUNT, STRANGER, Account, installation  # noqa: F401

EACH, SERVICES = 20, 2
# Calls of CloudFormation per second that the throttled account has. A deployment takes about four, so that the lane's would
# take five minutes.
RATE = 0.5
UNDER_WAY = ("PLANNING", "PLANNED", "RUNNING")

INSTANCE = """\
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: 'VERSION'}}
Outputs:
  Version: {Value: 'VERSION'}
"""


@pytest.fixture
def throttle():
    """Gives accounts their rates while the emulator runs; takes them away again."""
    path = Path(os.environ["PROTIUM_OUTPUTS"]).with_name("throttling.json")
    yield lambda rates: path.write_text(json.dumps(rates))
    path.unlink(missing_ok=True)


def publish(proton, s3, outputs, environment_template: str, template: str, minor: str) -> None:
    """Registers and publishes version 1.`minor`, whose instances tell it."""
    files = {
        "schema/schema.yaml": SCHEMA.format(kind="service"),
        "instance_infrastructure/manifest.yaml": MANIFEST,
        "instance_infrastructure/cloudformation.yaml": INSTANCE.replace("VERSION", f"1.{minor}"),
    }
    key = f"bundles/{template}-{minor}.tar.gz"
    s3.put_object(Bucket=outputs.BundleBucket, Key=key, Body=archive(files))
    major = {} if minor == "0" else {"majorVersion": "1"}
    proton.create_service_template_version(
        templateName=template,
        source={"s3": {"bucket": outputs.BundleBucket, "key": key}},
        compatibleEnvironmentTemplates=[{"templateName": environment_template, "majorVersion": "1"}],
        **major,
    )
    version = {"templateName": template, "majorVersion": "1", "minorVersion": minor}
    proton.get_waiter("service_template_version_registered").wait(**version)
    proton.update_service_template_version(status="PUBLISHED", **version)


def environment_in(proton, outputs, installation, name: str, template: str, number: str) -> str:  # noqa: F811
    """An environment in this account, by a connection if it isn't the installation's own."""
    roles = {"protonServiceRoleArn": outputs.ProvisioningRoleArn}
    if number != outputs.AccountId:
        account = Account(number, outputs)
        keys = ("ProvisioningPrincipalArn", "ExternalId", "InboundEventBusArn")
        everything = "arn:aws:iam::aws:policy/AdministratorAccess"
        parameters = {key: installation[key] for key in keys} | {
            "PolicyArns": everything,
            "ComponentPolicyArns": everything,
        }
        lent = account.deploy("protium-account", (ROOT / "infra/environment-account.yaml").read_text(), parameters)
        asked = account.proton(installation["EnvironmentAccountRoleArn"]).create_environment_account_connection(
            environmentName=name, managementAccountId=outputs.AccountId, roleArn=lent["ProvisioningRoleArn"]
        )["environmentAccountConnection"]
        proton.accept_environment_account_connection(id=asked["id"])
        roles = {"environmentAccountConnectionId": asked["id"]}
    proton.create_environment(
        name=name, templateName=template, templateMajorVersion="1", spec="proton: EnvironmentSpec\nspec: {}\n", **roles
    )
    proton.get_waiter("environment_deployed").wait(name=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return name


def begun_services(proton, template: str, environment: str, unique) -> list:
    """Services with all their instances in one environment, being created."""
    names = []
    for _ in range(SERVICES):
        instances = [
            {"name": f"i{number}", "environment": environment, "spec": {}} for number in range(EACH)
        ]
        spec = {"proton": "ServiceSpec", "instances": instances}
        names.append(unique("fleet"))
        proton.create_service(name=names[-1], templateName=template, templateMajorVersion="1", spec=json.dumps(spec))
    return names


def updated(proton, names: list) -> int:
    """How many instances of these services have the new version."""
    pages = (page for name in names for page in proton.get_paginator("list_service_instances").paginate(serviceName=name))
    instances = [instance for page in pages for instance in page["serviceInstances"]]
    assert not [instance for instance in instances if instance["deploymentStatus"] == "FAILED"]
    return sum(
        (instance["templateMinorVersion"], instance["deploymentStatus"]) == ("1", "SUCCEEDED") for instance in instances
    )


def wait(reached, seconds: int = 600) -> None:
    """Returns when that is so."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, "waited too long"
        time.sleep(1)


def test_a_throttled_account_is_late_and_the_others_are_not(
    proton, protium, s3, outputs, installation, environment_template, unique, throttle  # noqa: F811
):
    template = unique("fleet-template")
    proton.create_service_template(name=template, pipelineProvisioning="CUSTOMER_MANAGED")
    publish(proton, s3, outputs, environment_template, template, "0")
    services = {}
    for number in (outputs.AccountId, ACCOUNT, STRANGER):
        environment = environment_in(proton, outputs, installation, unique("env"), environment_template, number)
        services[number] = begun_services(proton, template, environment, unique)
    for names in services.values():
        for name in names:
            proton.get_waiter("service_created").wait(name=name, WaiterConfig={"Delay": 1, "MaxAttempts": 600})
    publish(proton, s3, outputs, environment_template, template, "1")

    # The lanes have the same number of instances and the same concurrency. Whatever the machine's speed, the throttled one
    # can't end before the others, because it is let off only then.
    throttle({ACCOUNT: RATE})
    started = protium.start_fleet_update(
        templateName=template, toMajorVersion="1", toMinorVersion="1", strategy={"concurrency": 30}
    )
    update = started["fleetUpdate"]["id"]
    for number in (outputs.AccountId, STRANGER):
        wait(lambda number=number: updated(proton, services[number]) == EACH * SERVICES)
    late = updated(proton, services[ACCOUNT])
    assert 0 <= late < EACH * SERVICES, late
    assert protium.get_fleet_update(fleetUpdateId=update)["fleetUpdate"]["status"] == "RUNNING"

    throttle({})
    wait(lambda: protium.get_fleet_update(fleetUpdateId=update)["fleetUpdate"]["status"] not in UNDER_WAY)
    ended = protium.get_fleet_update(fleetUpdateId=update)["fleetUpdate"]
    assert ended["status"] == "SUCCEEDED", ended
    total = len(services) * SERVICES * EACH
    counts = ended["counts"]
    assert [counts[name] for name in ("selected", "attempted", "succeeded", "failed")] == [total, total, total, 0]
    assert updated(proton, services[ACCOUNT]) == EACH * SERVICES
