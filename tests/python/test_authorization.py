"""Who may do what: a developer deploys and doesn't publish, a reader reads, and a broken policy changes nothing."""

import json
import os
import subprocess
import time
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from bundles import bundle

SPEC = "proton: EnvironmentSpec\nspec: {}\n"
BROKEN = 'permit (principal, action, resource)\nwhen { principal.rol == "x" };\n'
FREEZE = '@id("freeze")\nforbid (principal, action in Action::"write", resource)\nunless { principal.role == "nobody" };\n'


def client(service: str, endpoint: str, given: dict | None = None):
    """A client of the local AWS; `given` are the credentials of a session."""
    keys = {}
    if given:
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given.get("SessionToken"),
        }
    return boto3.client(service, endpoint_url=endpoint, **keys)


class Member:
    """A role whose sessions IAM lets call the endpoint, and a session of it."""

    def __init__(self, outputs, user: dict, kind: str):
        self.role = f"{kind}-{uuid.uuid4().hex[:8]}"
        iam = client("iam", outputs.AwsEndpoint)
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{outputs.AccountId}:root"}, "Action": "sts:AssumeRole"}
        made = iam.create_role(
            RoleName=self.role, Path="/team/", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        may = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
        iam.put_role_policy(
            RoleName=self.role, PolicyName="endpoint", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]})
        )
        sts = client("sts", outputs.AwsEndpoint, user)
        given = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="alice")["Credentials"]
        self.proton = client("proton", outputs.ProtonEndpoint, given)


@pytest.fixture(scope="module")
def members(outputs) -> dict:
    """An engineer, a developer and a reader, and nobody's policies."""
    iam = client("iam", outputs.AwsEndpoint)
    name = f"people-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam.put_user_policy(
        UserName=name, PolicyName="roles", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]})
    )
    user = iam.create_access_key(UserName=name)["AccessKey"]
    return {kind: Member(outputs, user, kind) for kind in ("engineer", "developer", "reader")}


@pytest.fixture(scope="module")
def policies(outputs, members, tmp_path_factory):
    """The ready sets for these roles, in force; afterwards there are no policies, and everybody gets in again."""
    directory = tmp_path_factory.mktemp("home") / "policies"
    protium(
        outputs, "init", str(directory),
        "--platform-engineers", f"role/team/{members['engineer'].role}",
        "--developers", f"role/{members['developer'].role}",
        "--readers", f"role/{members['reader'].role}",
    )
    yield protium(outputs, "push", str(directory), "--stack", outputs.StackName)
    s3 = client("s3", outputs.AwsEndpoint)
    for name in [found["Key"] for found in s3.list_objects_v2(Bucket=outputs.ArtifactBucket, Prefix="policies/")["Contents"]]:
        s3.delete_object(Bucket=outputs.ArtifactBucket, Key=name)
    stranger = Member(outputs, client("iam", outputs.AwsEndpoint).create_access_key(UserName=owner(outputs))["AccessKey"], "stranger")
    eventually(lambda: stranger.proton.list_environments())


def owner(outputs) -> str:
    users = client("iam", outputs.AwsEndpoint).list_users()["Users"]
    return next(user["UserName"] for user in users if user["UserName"].startswith("people-"))


def protium(outputs, *arguments: str, code: int = 0) -> str:
    """`protium policy` with the credentials of the installation's owner."""
    surroundings = os.environ | {"AWS_ENDPOINT_URL": outputs.AwsEndpoint}
    ran = subprocess.run(
        [os.environ["PROTIUM_CLI"], "policy", *arguments], env=surroundings, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def eventually(attempt, within: float = 60):
    """Repeats what fails for a while: policies are in force within seconds."""
    until = time.monotonic() + within
    while True:
        try:
            return attempt()
        except (AssertionError, ClientError, pytest.fail.Exception):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def refused(proton, operation, said: str, **members) -> None:
    with pytest.raises(proton.exceptions.AccessDeniedException) as refusal:
        operation(**members)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert said in refusal.value.response["Error"]["Message"]


def test_a_developer_deploys_and_does_not_publish(outputs, policies, members, proton, s3, unique):
    assert "in force" in policies
    engineer, developer, reader = (members[kind].proton for kind in ("engineer", "developer", "reader"))
    name = unique("guarded")
    for one in (developer, reader):
        refused(one, one.create_environment_template, f"perform: proton:CreateEnvironmentTemplate on resource: arn:aws:proton:{outputs.Region}:{outputs.AccountId}:environment-template/{name} because", name=name)
    engineer.create_environment_template(name=name)
    s3.put_object(Bucket=outputs.BundleBucket, Key=f"bundles/{name}.tar.gz", Body=bundle("environment"))
    source = {"s3": {"bucket": outputs.BundleBucket, "key": f"bundles/{name}.tar.gz"}}
    engineer.create_environment_template_version(templateName=name, source=source)
    version = {"templateName": name, "majorVersion": "1", "minorVersion": "0"}
    proton.get_waiter("environment_template_version_registered").wait(**version, WaiterConfig={"Delay": 1})
    refused(developer, developer.update_environment_template_version, "proton:UpdateEnvironmentTemplateVersion", **version, status="PUBLISHED")
    engineer.update_environment_template_version(**version, status="PUBLISHED")
    environment = {"name": name, "templateName": name, "templateMajorVersion": "1", "spec": SPEC}
    environment["protonServiceRoleArn"] = outputs.ProvisioningRoleArn
    refused(developer, developer.create_environment, "proton:CreateEnvironment", **environment)
    engineer.create_environment(**environment)
    proton.get_waiter("environment_deployed").wait(name=name, WaiterConfig={"Delay": 1})
    assert reader.get_environment(name=name)["environment"]["name"] == name

    service = unique("theirs")
    engineer.create_service_template(name=service, pipelineProvisioning="CUSTOMER_MANAGED")
    s3.put_object(Bucket=outputs.BundleBucket, Key=f"bundles/{service}.tar.gz", Body=bundle("service"))
    source = {"s3": {"bucket": outputs.BundleBucket, "key": f"bundles/{service}.tar.gz"}}
    compatible = [{"templateName": name, "majorVersion": "1"}]
    engineer.create_service_template_version(templateName=service, source=source, compatibleEnvironmentTemplates=compatible)
    version = {"templateName": service, "majorVersion": "1", "minorVersion": "0"}
    proton.get_waiter("service_template_version_registered").wait(**version, WaiterConfig={"Delay": 1})
    engineer.update_service_template_version(**version, status="PUBLISHED")
    spec = f"proton: ServiceSpec\ninstances:\n  - name: one\n    environment: {name}\n    spec: {{}}\n"
    create = {"name": service, "templateName": service, "templateMajorVersion": "1", "spec": spec}
    create["tags"] = [{"key": "team", "value": "theirs"}]
    refused(reader, reader.create_service, "proton:CreateService", **create)
    assert developer.create_service(**create)["service"]["status"] == "CREATE_IN_PROGRESS"
    proton.get_waiter("service_created").wait(name=service, WaiterConfig={"Delay": 1})
    refused(developer, developer.delete_environment, "proton:DeleteEnvironment", name=name)


def test_a_broken_policy_changes_nothing_and_one_that_forbids_does(outputs, policies, members, s3):
    put = {"Bucket": outputs.ArtifactBucket, "Key": "policies/broken.cedar"}
    s3.put_object(**put, Body=BROKEN)
    said = protium(outputs, "show", "--stack", outputs.StackName, code=1)
    assert "broken.cedar:2: " in said and "did you mean" in said and "others than those in force" in said
    time.sleep(8)
    developer, reader = members["developer"].proton, members["reader"].proton
    developer.list_services()
    refused(reader, reader.update_account_settings, "because no policy allows the proton:UpdateAccountSettings action")

    s3.put_object(**put, Body=FREEZE)
    denied = "with an explicit deny in a policy"
    eventually(lambda: refused(developer, developer.delete_service, denied, name="nothing"))
    reader.list_services()
    s3.delete_object(**put)
    eventually(lambda: developer.delete_service(name="nothing"))
