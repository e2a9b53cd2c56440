"""An environment in another account: what that account deploys, lends and sees, and what nobody can pretend.

The local AWS keeps accounts apart as AWS does; an access key of twelve digits is the root of its account.
"""

import json
import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from bundles import MANIFEST, ROOT, archive

ACCOUNT, STRANGER = "111111111111", "222222222222"

SERVICE_SCHEMA = """\
schema:
  format: {openapi: '3.0.0'}
  service_input_type: Input
  pipeline_input_type: Pipeline
  types:
    Input: {type: object, properties: {label: {type: string, default: one}}}
    Pipeline: {type: object, properties: {stage: {type: string, default: test}}}
"""

INSTANCE = """\
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: '{{ service_instance.inputs.label }}'}}
Outputs:
  Topic: {Value: !Ref Topic}
  Text: {Value: '{{ service_instance.inputs.label }} in {{ environment.account_id }}'}
"""

PIPELINE = """\
Resources:
  Topic: {Type: AWS::SNS::Topic}
Outputs:
  Topic: {Value: !Ref Topic}
  Text: {Value: '{% for instance in service_instances %}{{ instance.outputs.Text }}{% endfor %}'}
"""

COMPONENT = """\
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn}
"""


class Account:
    """An account of the local AWS, and who works in it."""

    def __init__(self, number: str, outputs):
        self.number, self.outputs = number, outputs
        self.cloudformation = self.client("cloudformation")

    def client(self, service: str, key: str = "", secret: str = "test", token=None, endpoint: str = ""):
        return boto3.client(
            service,
            endpoint_url=endpoint or self.outputs.AwsEndpoint,
            aws_access_key_id=key or self.number,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    def session(self, role: str, name: str):
        """A session of a role, for a user of this account who may assume any."""
        iam = self.client("iam")
        user = {"UserName": "engineer"}
        if not any(found["UserName"] == "engineer" for found in iam.list_users()["Users"]):
            iam.create_user(**user)
            may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
            iam.put_user_policy(PolicyName="roles", PolicyDocument=policy, **user)
        key = iam.create_access_key(**user)["AccessKey"]
        sts = self.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
        return sts.assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]

    def proton(self, role: str, name: str = ""):
        """A client of Protium for this account, through the role that the management account keeps for it."""
        given = self.session(role, name or self.number)
        keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        return self.client("proton", *keys, endpoint=self.outputs.ProtonEndpoint)

    def deploy(self, name: str, template: str, parameters: dict) -> dict:
        """A stack of the account's own; its outputs. One of this name is left as it is."""
        names = [stack["StackName"] for stack in self.cloudformation.describe_stacks()["Stacks"]]
        if name not in names:
            self.cloudformation.create_stack(
                StackName=name,
                TemplateBody=template,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=["CAPABILITY_IAM"],
            )
        self.cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        return outputs_of(self.cloudformation, name)

    def stacks(self) -> dict:
        """The stacks that Protium has here, by the most specific of its tags."""
        found = {}
        for stack in self.cloudformation.get_paginator("describe_stacks").paginate().search("Stacks[]"):
            if stack["StackName"].startswith("AWSProton-") and stack["StackStatus"] != "DELETE_COMPLETE":
                tags = {tag["Key"]: tag["Value"].split(":")[-1] for tag in stack["Tags"]}
                key = next(key for key in ("component", "service-instance", "environment", "service") if f"proton:{key}" in tags)
                found[tags[f"proton:{key}"]] = stack
        return found


def outputs_of(cloudformation, stack: str) -> dict:
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


@pytest.fixture(scope="module")
def installation(outputs) -> dict:
    """The installation's outputs, after its owner has let two other accounts in."""
    cloudformation = boto3.client("cloudformation", endpoint_url=outputs.AwsEndpoint)
    found = cloudformation.describe_stacks(StackName=outputs.StackName)["Stacks"][0]
    keys = [parameter["ParameterKey"] for parameter in found["Parameters"]]
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in keys if key != "EnvironmentAccountIds"]
    accounts = {"ParameterKey": "EnvironmentAccountIds", "ParameterValue": f"{ACCOUNT},{STRANGER}"}
    if accounts not in found["Parameters"]:
        cloudformation.update_stack(
            StackName=outputs.StackName,
            UsePreviousTemplate=True,
            Parameters=[*kept, accounts],
            Capabilities=["CAPABILITY_IAM"],
        )
        cloudformation.get_waiter("stack_update_complete").wait(StackName=outputs.StackName, WaiterConfig={"Delay": 1})
    return outputs_of(cloudformation, outputs.StackName)


@pytest.fixture(scope="module")
def account(outputs) -> Account:
    return Account(ACCOUNT, outputs)


@pytest.fixture(scope="module")
def lent(account, installation) -> dict:
    """What the other account deploys to take part: `infra/environment-account.yaml`, as it is."""
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    parameters = {key: installation[key] for key in ("ProvisioningPrincipalArn", "ExternalId", "InboundEventBusArn")}
    parameters |= {"PolicyArns": everything, "ComponentPolicyArns": everything}
    return account.deploy("protium-account", (ROOT / "infra/environment-account.yaml").read_text(), parameters)


@pytest.fixture(scope="module")
def inbound(outputs, installation):
    """Reads what arrived on the inbound bus: (account, stack status) of each event."""
    bus = installation["InboundEventBusArn"].split("/")[-1]
    events, sqs = (boto3.client(service, endpoint_url=outputs.AwsEndpoint) for service in ("events", "sqs"))
    url = sqs.create_queue(QueueName="inbound")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="everything", EventBusName=bus, EventPattern=json.dumps({"source": [{"prefix": ""}]}))
    events.put_targets(Rule="everything", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def read() -> list:
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                found.append((event["account"], event["source"], event["detail"].get("status-details", {}).get("status")))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return read


@pytest.fixture
def connect(proton, outputs, account, installation, lent):
    """Connects the accounts for an environment of that name: asked for by the other, accepted by the management account."""

    def run(name: str) -> SimpleNamespace:
        theirs = account.proton(installation["EnvironmentAccountRoleArn"])
        asked = theirs.create_environment_account_connection(
            environmentName=name,
            managementAccountId=outputs.AccountId,
            roleArn=lent["ProvisioningRoleArn"],
            componentRoleArn=lent["ComponentRoleArn"],
        )["environmentAccountConnection"]
        assert (asked["status"], asked["environmentAccountId"]) == ("PENDING", ACCOUNT)
        listed = proton.list_environment_account_connections(requestedBy="MANAGEMENT_ACCOUNT", environmentName=name)
        assert [found["id"] for found in listed["environmentAccountConnections"]] == [asked["id"]]
        accepted = proton.accept_environment_account_connection(id=asked["id"])["environmentAccountConnection"]
        assert accepted["status"] == "CONNECTED"
        return SimpleNamespace(name=name, id=asked["id"], theirs=theirs)

    return run


@pytest.fixture
def connection(connect, unique):
    return connect(unique("elsewhere"))


@pytest.fixture
def service_template(proton, s3, outputs, environment_template, unique) -> str:
    """A published template of services with pipelines that take components."""
    name, key = unique("svc-template"), f"bundles/{unique('service')}.tar.gz"
    files = {
        "schema/schema.yaml": SERVICE_SCHEMA,
        "instance_infrastructure/manifest.yaml": MANIFEST,
        "instance_infrastructure/cloudformation.yaml": INSTANCE,
        "pipeline_infrastructure/manifest.yaml": MANIFEST,
        "pipeline_infrastructure/cloudformation.yaml": PIPELINE,
    }
    s3.put_object(Bucket=outputs.BundleBucket, Key=key, Body=archive(files))
    proton.create_service_template(name=name)
    proton.create_service_template_version(
        templateName=name,
        source={"s3": {"bucket": outputs.BundleBucket, "key": key}},
        compatibleEnvironmentTemplates=[{"templateName": environment_template, "majorVersion": "1"}],
        supportedComponentSources=["DIRECTLY_DEFINED"],
    )
    version = {"templateName": name, "majorVersion": "1", "minorVersion": "0"}
    proton.get_waiter("service_template_version_registered").wait(**version)
    proton.update_service_template_version(status="PUBLISHED", **version)
    proton.update_account_settings(pipelineServiceRoleArn=outputs.ProvisioningRoleArn)
    return name


def test_an_environment_lives_in_the_account_that_lends_its_roles(
    proton, outputs, account, connect, connection, inbound, environment_template, service_template, unique
):
    home = Account(outputs.AccountId, outputs)
    since, name = time.monotonic(), connection.name
    created = proton.create_environment(
        name=name,
        templateName=environment_template,
        templateMajorVersion="1",
        environmentAccountConnectionId=connection.id,
        spec="proton: EnvironmentSpec\nspec: {label: there}\n",
    )["environment"]
    assert created["environmentAccountId"] == ACCOUNT
    proton.get_waiter("environment_deployed").wait(name=name, WaiterConfig={"Delay": 1})
    # Without the event, Protium would have looked after five minutes.
    assert time.monotonic() - since < 120
    assert f"environment/{name}" in account.stacks() and f"environment/{name}" not in home.stacks()
    events = inbound()
    assert (ACCOUNT, "aws.cloudformation", "CREATE_COMPLETE") in events, events

    service, place = unique("svc"), f"environment: {name}"
    spec = "proton: ServiceSpec\npipeline: {{stage: test}}\ninstances:\n  - {{name: only, {}, spec: {{label: {}}}}}\n"
    proton.create_service(
        name=service,
        templateName=service_template,
        templateMajorVersion="1",
        spec=spec.format(place, "first"),
        repositoryId="owner/repo",
        branchName="main",
        repositoryConnectionArn=f"arn:aws:codestar-connections:us-east-1:{outputs.AccountId}:connection/one",
    )
    proton.get_waiter("service_created").wait(name=service, WaiterConfig={"Delay": 1})
    instance = f"service/{service}/service-instance/only"
    assert instance in account.stacks() and instance not in home.stacks()
    assert f"service/{service}" in home.stacks(), "pipelines are the management account's"
    texts = proton.list_service_instance_outputs(serviceName=service, serviceInstanceName="only")["outputs"]
    texts = {output["key"]: output["valueString"] for output in texts}
    assert texts["Text"] == f"first in {ACCOUNT}" and f":{ACCOUNT}:" in texts["Topic"]
    piped = proton.list_service_pipeline_outputs(serviceName=service)["outputs"]
    assert {"key": "Text", "valueString": texts["Text"]} in piped

    component = unique("part")
    proton.create_component(
        name=component,
        serviceName=service,
        serviceInstanceName="only",
        manifest=MANIFEST,
        templateFile=COMPONENT,
    )
    proton.get_waiter("component_deployed").wait(name=component, WaiterConfig={"Delay": 1})
    made = proton.list_component_outputs(componentName=component)["outputs"]
    assert f":{ACCOUNT}:" in made[0]["valueString"]

    proton.update_service_instance(
        serviceName=service, name="only", deploymentType="CURRENT_VERSION", spec=spec.format(place, "second")
    )
    proton.get_waiter("service_instance_deployed").wait(serviceName=service, name="only", WaiterConfig={"Delay": 1})
    updated = proton.list_service_instance_outputs(serviceName=service, serviceInstanceName="only")["outputs"]
    assert {"key": "Text", "valueString": f"second in {ACCOUNT}"} in updated

    with pytest.raises(proton.exceptions.ConflictException):
        proton.reject_environment_account_connection(id=connection.id)
    again = orphaned_and_taken_back(proton, connect, connection, service)
    torn_down(proton, service, component, name)
    mine = {f"environment/{name}", f"service/{service}", instance, f"component/{component}"}
    assert not mine & {*account.stacks(), *home.stacks()}
    assert (ACCOUNT, "aws.cloudformation", "DELETE_COMPLETE") in inbound()
    again.theirs.delete_environment_account_connection(id=again.id)


def orphaned_and_taken_back(proton, connect, connection, service: str):
    """Who lends the roles may take them back: what lives on them stays as it is, until there is another connection."""
    connection.theirs.delete_environment_account_connection(id=connection.id)
    instance = {"serviceName": service, "name": "only"}
    with pytest.raises(proton.exceptions.ValidationException, match=f"{ACCOUNT}.*environmentAccountConnectionId"):
        proton.update_service_instance(deploymentType="CURRENT_VERSION", **instance)
    proton.update_environment(name=connection.name, deploymentType="CURRENT_VERSION")
    with pytest.raises(WaiterError):
        proton.get_waiter("environment_deployed").wait(name=connection.name, WaiterConfig={"Delay": 1})
    failed = proton.get_environment(name=connection.name)["environment"]
    assert "environmentAccountConnectionId" in failed["deploymentStatusMessage"]
    another = connect(connection.name)
    roles = {"environmentAccountConnectionId": another.id, "deploymentType": "CURRENT_VERSION"}
    proton.update_environment(name=connection.name, **roles)
    proton.get_waiter("environment_deployed").wait(name=connection.name, WaiterConfig={"Delay": 1})
    proton.update_service_instance(deploymentType="CURRENT_VERSION", **instance)
    proton.get_waiter("service_instance_deployed").wait(WaiterConfig={"Delay": 1}, **instance)
    return another


def torn_down(proton, service: str, component: str, environment: str) -> None:
    """Everything by the ordinary API."""
    proton.update_component(name=component, deploymentType="CURRENT_VERSION", serviceName="", serviceInstanceName="")
    proton.get_waiter("component_deployed").wait(name=component, WaiterConfig={"Delay": 1})
    proton.delete_component(name=component)
    proton.get_waiter("component_deleted").wait(name=component, WaiterConfig={"Delay": 1})
    proton.delete_service(name=service)
    proton.get_waiter("service_deleted").wait(name=service, WaiterConfig={"Delay": 1})
    proton.delete_environment(name=environment)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            proton.get_environment(name=environment)
        except proton.exceptions.ResourceNotFoundException:
            return
        time.sleep(0.5)
    pytest.fail(f"{environment} stays")


def test_a_preview_reaches_into_the_other_account(protium, connection, environment_template, account):
    request = {
        "name": connection.name,
        "templateName": environment_template,
        "templateMajorVersion": "1",
        "environmentAccountConnectionId": connection.id,
        "spec": "proton: EnvironmentSpec\nspec: {label: there}\n",
    }
    begun = protium.preview_deployment(request={"createEnvironment": request})["preview"]
    protium.get_waiter("preview_completed").wait(previewId=begun["id"], WaiterConfig={"Delay": 1})
    preview = protium.get_preview(previewId=begun["id"])["preview"]
    assert [change["logicalResourceId"] for change in preview["changes"]] == ["Topic"]
    assert f"environment/{connection.name}" not in account.stacks()


def test_nobody_can_pretend_to_be_another_account(outputs, account, installation, connection):
    role = installation["EnvironmentAccountRoleArn"]
    # The session's name is the account; the trust policy lets nobody choose another's.
    for number, name in [(STRANGER, ACCOUNT), (ACCOUNT, STRANGER), (ACCOUNT, "platform"), ("333333333333", "333333333333")]:
        with pytest.raises(ClientError, match="AccessDenied"):
            Account(number, outputs).proton(role, name)
    # Whoever comes honestly sees what is theirs.
    stranger = Account(STRANGER, outputs).proton(role)
    mine = stranger.list_environment_account_connections(requestedBy="ENVIRONMENT_ACCOUNT")
    # Other tests connect this account, too.
    assert connection.id not in [found["id"] for found in mine["environmentAccountConnections"]]
    for call in (
        lambda: stranger.get_environment_account_connection(id=connection.id),
        lambda: stranger.update_environment_account_connection(id=connection.id, roleArn=f"arn:aws:iam::{STRANGER}:role/r"),
        lambda: stranger.accept_environment_account_connection(id=connection.id),
        lambda: stranger.reject_environment_account_connection(id=connection.id),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] in {"ResourceNotFoundException", "AccessDeniedException"}
    # To a stranger the connection isn't there, and deleting what isn't there succeeds.
    assert "environmentAccountConnection" not in stranger.delete_environment_account_connection(id=connection.id)
    kept = connection.theirs.get_environment_account_connection(id=connection.id)["environmentAccountConnection"]
    assert (kept["status"], kept["roleArn"].split(":")[4]) == ("CONNECTED", ACCOUNT)
    # And nobody of another account reads or makes what is the management account's.
    for call in (connection.theirs.list_environments, connection.theirs.get_account_settings, stranger.list_services):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            call()
    # Roles of others aren't lent.
    with pytest.raises(connection.theirs.exceptions.ValidationException, match="roleArn"):
        connection.theirs.create_environment_account_connection(
            environmentName="any", managementAccountId=outputs.AccountId, roleArn=f"arn:aws:iam::{STRANGER}:role/protium/r"
        )


def test_the_inbound_bus_takes_stack_events_alone(account, installation, inbound):
    inbound()
    events = account.client("events")
    for source in ("made.up", "aws.cloudformation"):
        entry = {
            "EventBusName": installation["InboundEventBusArn"],
            "Source": source,
            "DetailType": "CloudFormation Stack Status Change",
            "Detail": "{}",
        }
        try:
            assert events.put_events(Entries=[entry])["FailedEntryCount"] == 1
        except ClientError as error:
            assert "AccessDenied" in str(error)
    assert inbound() == []
