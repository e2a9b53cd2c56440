"""People of an installation: roles whose sessions IAM lets call the endpoint, and the policies that they act under.

No fixtures, so that tests can import it whatever other conftest.py there is.
"""

import json
import os
import subprocess
import time
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError


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
        assumed = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="alice")
        self.given, self.session = assumed["Credentials"], assumed["AssumedRoleUser"]["Arn"]
        self.proton = client("proton", outputs.ProtonEndpoint, self.given)


def user(outputs) -> dict:
    """The access key of a new user, who may assume any role."""
    iam = client("iam", outputs.AwsEndpoint)
    name = f"people-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_user_policy(UserName=name, PolicyName="roles", PolicyDocument=policy)
    return iam.create_access_key(UserName=name)["AccessKey"]


def policies_remove(outputs) -> None:
    """Takes all policies out, and waits until everybody gets in again."""
    s3 = client("s3", outputs.AwsEndpoint)
    listed = s3.list_objects_v2(Bucket=outputs.ArtifactBucket, Prefix="policies/").get("Contents", [])
    for name in [found["Key"] for found in listed]:
        s3.delete_object(Bucket=outputs.ArtifactBucket, Key=name)
    stranger = Member(outputs, user(outputs), "stranger")
    eventually(lambda: stranger.proton.list_environments())


def protium_policy(outputs, *arguments: str, code: int = 0) -> str:
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
