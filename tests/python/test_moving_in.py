"""Those whom AWS Proton left behind move in: twenty stacks that Protium didn't make.

They are made by CloudFormation directly, under the names and tags that Proton gave, from texts that Jinja2 renders in the
namespaces of Proton's documentation; nothing of Protium has a hand in them. Then they are adopted, as many at a time as
belong together, and lead an ordinary life.
"""

import random
import string
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import boto3
import jinja2
import pytest
from botocore.exceptions import ClientError

from bundles import MANIFEST, archive

CONNECTION = "arn:aws:codestar-connections:us-east-1:000000000000:connection/0190163d-8694-739b-aea5-966c26f8ad91"
VERSION = {"templateMajorVersion": "3", "templateMinorVersion": "7"}

ENVIRONMENT_SCHEMA = """\
schema:
  format: {openapi: '3.0.0'}
  environment_input_type: Input
  types:
    Input: {type: object, properties: {label: {type: string, default: one}}}
"""

ENVIRONMENT = """\
Description: Environment {{ environment.name }}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: '{{ environment.inputs.label }}'}
Outputs:
  Label: {Value: '{{ environment.inputs.label }}'}
"""

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
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/{{ service.name }}/{{ service_instance.name }}'
      Type: String
      Value: '{{ service_instance.inputs.label }} in {{ environment.outputs.Label }} of {{ service.repository_id }}'
{% if service_instance.inputs.label == 'large' %}
  Second: {Type: AWS::SNS::Topic}
{% endif %}
Outputs:
  Text: {Value: !GetAtt Parameter.Value}
"""

PIPELINE = """\
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/{{ service.name }}/pipeline'
      Type: String
      Value: '{{ pipeline.inputs.stage }} {{ service.branch_name }}:{% for instance in service_instances %} {{ instance.name }}={{ instance.outputs.Text }}{% endfor %}'
Outputs:
  Text: {Value: !GetAtt Parameter.Value}
"""

COMPONENT = """\
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: DELAY}}
Outputs:
  Delay: {Value: 'DELAY'}
"""


@pytest.fixture(scope="module")
def cloud(outputs):
    """CloudFormation of the local AWS, of which Protium knows nothing."""
    return Cloud(boto3.client("cloudformation", endpoint_url=outputs.AwsEndpoint), outputs)


class Cloud:
    """Stacks as they were found when Proton was switched off."""

    def __init__(self, client, outputs):
        self.client, self.outputs = client, outputs

    def arn(self, tail: str) -> str:
        return f"arn:aws:proton:{self.outputs.Region}:{self.outputs.AccountId}:{tail}"

    def make(self, resource: str, template: str, tags: dict) -> str:
        """A stack that Proton made for a resource; its ARN."""
        head = "".join(c if c.isalnum() else "-" for c in resource[:15])
        suffix = "".join(random.choices(string.ascii_uppercase, k=15))
        tags = {"proton:account": self.outputs.AccountId, **{f"proton:{key}": self.arn(to) for key, to in tags.items()}}
        made = self.client.create_stack(
            StackName=f"AWSProton-{head}-cloudformation--{suffix}",
            TemplateBody=template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        return made["StackId"]

    def outputs_of(self, stack: str) -> dict:
        """What a stack gives, once it is there."""
        self.client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        found = self.client.describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def status(self, stack: str) -> str:
        return self.client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def rendered(text: str, **namespace) -> str:
    return jinja2.Environment(keep_trailing_newline=True).from_string(text).render(namespace)


def side_by_side(work, items) -> list:
    """All at the same time, as a script does that moves everything in."""
    with ThreadPoolExecutor(max_workers=len(items)) as pool:
        return list(pool.map(work, items))


def eventually(look):
    """What `look` finds once it finds something."""
    until = time.monotonic() + 120
    while (found := look()) is None:
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.3)
    return found


@pytest.fixture(scope="module")
def adopt(protium):
    """Adopts a stack; the adoption, once it has ended."""

    def run(stack: str, resource: dict) -> SimpleNamespace:
        begun = protium.adopt_resource(stackArn=stack, resource=resource)["preview"]
        return eventually(lambda: ended(begun["id"]))

    def ended(preview: str):
        found = protium.get_preview(previewId=preview)["preview"]
        return None if found["status"] == "IN_PROGRESS" else SimpleNamespace(**{"statusMessage": None, "changes": [], **found})

    return run


@pytest.fixture
def template(proton, protium, s3, outputs, unique):
    """Brings a template version along under its own number, 3.7, and publishes it; the template's name."""

    def bring(kind: str, files: dict, **more) -> str:
        name, key = unique(f"{kind}-template"), f"bundles/{unique(kind)}.tar.gz"
        s3.put_object(Bucket=outputs.BundleBucket, Key=key, Body=archive(files))
        getattr(proton, f"create_{kind}_template")(name=name)
        version = {"templateName": name, "majorVersion": "3", "minorVersion": "7"}
        protium.import_template_version(
            templateType=kind.upper(), source={"s3": {"bucket": outputs.BundleBucket, "key": key}}, **version, **more
        )
        proton.get_waiter(f"{kind}_template_version_registered").wait(**version)
        getattr(proton, f"update_{kind}_template_version")(status="PUBLISHED", **version)
        return name

    return bring


def environment_spec(label: str) -> str:
    return f"proton: EnvironmentSpec\nspec: {{label: {label}}}\n"


def service_spec(places: dict, label: str, stage: str = "release") -> str:
    lines = [f"  - {{name: {name}, environment: {where}, spec: {{label: {label}}}}}" for name, where in places.items()]
    return "\n".join(["proton: ServiceSpec", f"pipeline: {{stage: {stage}}}", "instances:", *lines, ""])


class Estate:
    """What somebody ran with Proton: two environments, and in them three services with their pipelines, four instances each,
    and three components. Twenty stacks."""

    def __init__(self, cloud, unique):
        self.cloud = cloud
        self.environments = [unique("env") for _ in range(2)]
        self.services = [unique("svc") for _ in range(3)]
        self.places = {f"inst-{number}": self.environments[number % 2] for number in range(4)}
        self.components = [unique("part") for _ in range(3)]
        self.stacks, self.outputs = {}, {}
        self.make({("environment", name): self.environment(name) for name in self.environments})
        self.make({("instance", s, i): self.instance(s, i) for s in self.services for i in self.places})
        self.make({("pipeline", service): self.pipeline(service) for service in self.services})
        self.make({("component", name): self.component(name) for name in self.components})

    def make(self, wanted: dict) -> None:
        """Makes stacks; their ARNs and outputs by what they are."""
        for key, (name, text, tags) in wanted.items():
            self.stacks[key] = self.cloud.make(name, text, tags)
        self.outputs |= {key: self.cloud.outputs_of(self.stacks[key]) for key in wanted}

    def environment(self, name: str) -> tuple:
        text = rendered(ENVIRONMENT, environment={"name": name, "inputs": {"label": f"label of {name}"}})
        return name, text, {"environment": f"environment/{name}"}

    def service(self, name: str) -> dict:
        return {"name": name, "repository_id": "owner/repo", "repository_connection_arn": CONNECTION, "branch_name": "main"}

    def instance(self, service: str, name: str) -> tuple:
        where = self.places[name]
        environment = {"name": where, "account_id": "", "outputs": self.outputs["environment", where]}
        own = {"name": name, "inputs": {"label": "small"}, "environment": environment}
        text = rendered(INSTANCE, service=self.service(service), environment=environment, service_instance=own)
        tags = {"service": f"service/{service}", "service-instance": f"service/{service}/service-instance/{name}"}
        return f"{service}-{name}", text, tags

    def pipeline(self, service: str) -> tuple:
        instances = [{"name": name, "outputs": self.outputs["instance", service, name]} for name in self.places]
        own = {"inputs": {"stage": "release"}}
        text = rendered(PIPELINE, service=self.service(service), pipeline=own, service_instances=instances)
        return service, text, {"service": f"service/{service}"}

    def component(self, name: str) -> tuple:
        return name, COMPONENT.replace("DELAY", "3"), {"component": f"component/{name}"}

    def adopted(self, kind: str, run) -> None:
        """Adopts all stacks of a kind side by side."""
        keys = [key for key in self.stacks if key[0] == kind]
        for key, done in zip(keys, side_by_side(run, keys), strict=True):
            assert done.status == "SUCCEEDED", (key, done.statusMessage, done.changes)


def test_twenty_stacks_are_adopted_updated_and_deleted(proton, outputs, cloud, adopt, template, unique):
    estate = Estate(cloud, unique)
    assert len(estate.stacks) == 20
    infrastructure = {"schema/schema.yaml": ENVIRONMENT_SCHEMA, "infrastructure/manifest.yaml": MANIFEST}
    env_template = template("environment", {**infrastructure, "infrastructure/cloudformation.yaml": ENVIRONMENT})
    parts = {
        "schema/schema.yaml": SERVICE_SCHEMA,
        "instance_infrastructure/manifest.yaml": MANIFEST,
        "instance_infrastructure/cloudformation.yaml": INSTANCE,
        "pipeline_infrastructure/manifest.yaml": MANIFEST,
        "pipeline_infrastructure/cloudformation.yaml": PIPELINE,
    }
    svc_template = template(
        "service",
        parts,
        compatibleEnvironmentTemplates=[{"templateName": env_template, "majorVersion": "3"}],
        supportedComponentSources=["DIRECTLY_DEFINED"],
    )
    proton.update_account_settings(pipelineServiceRoleArn=outputs.ProvisioningRoleArn)
    role = outputs.ProvisioningRoleArn

    def environment(name: str, label: str) -> dict:
        roles = {"protonServiceRoleArn": role, "componentRoleArn": role}
        named = {"name": name, "templateName": env_template, **VERSION, "spec": environment_spec(label)}
        return {"environment": {**named, **roles}}

    # What differs is shown, and nothing is touched.
    first = estate.environments[0]
    differs = adopt(estate.stacks["environment", first], environment(first, "another label"))
    assert differs.status == "FAILED" and "differs" in differs.statusMessage
    assert [change["logicalResourceId"] for change in differs.changes] == ["Topic"]
    with pytest.raises(proton.exceptions.ResourceNotFoundException):
        proton.get_environment(name=first)
    assert cloud.outputs_of(estate.stacks["environment", first]) == {"Label": f"label of {first}"}

    estate.adopted("environment", lambda key: adopt(estate.stacks[key], environment(key[1], f"label of {key[1]}")))
    side_by_side(lambda name: proton.get_waiter("environment_deployed").wait(name=name), estate.environments)
    # One stack, one resource.
    with pytest.raises(ClientError, match=f"ConflictException.*environment/{first} already"):
        adopt(estate.stacks["environment", first], environment(unique("env"), f"label of {first}"))

    repository = {"repositoryId": "owner/repo", "branchName": "main", "repositoryConnectionArn": CONNECTION}

    def instance(service: str, name: str) -> dict:
        spec = service_spec({name: estate.places[name]}, "small")
        named = {"serviceName": service, "name": name, "templateName": svc_template, **VERSION}
        return {"serviceInstance": {**named, "spec": spec, **repository}}

    estate.adopted("instance", lambda key: adopt(estate.stacks[key], instance(key[1], key[2])))
    instances = [(service, name) for service in estate.services for name in estate.places]

    def instance_deployed(key: tuple) -> None:
        proton.get_waiter("service_instance_deployed").wait(serviceName=key[0], name=key[1])

    side_by_side(instance_deployed, instances)

    def pipeline(service: str) -> dict:
        return {"servicePipeline": {"serviceName": service, "spec": service_spec(estate.places, "small"), **VERSION}}

    estate.adopted("pipeline", lambda key: adopt(estate.stacks[key], pipeline(key[1])))

    def component(name: str) -> dict:
        place = {"environmentName": first}
        return {"component": {"name": name, **place, "manifest": MANIFEST, "templateFile": COMPONENT.replace("DELAY", "3")}}

    estate.adopted("component", lambda key: adopt(estate.stacks[key], component(key[1])))
    side_by_side(lambda name: proton.get_waiter("component_deployed").wait(name=name), estate.components)
    for service in estate.services:
        proton.get_waiter("service_pipeline_deployed").wait(name=service, WaiterConfig={"Delay": 1})
        assert proton.get_service(name=service)["service"]["status"] == "ACTIVE"
    assert all(cloud.status(stack) in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} for stack in estate.stacks.values())

    updated(proton, estate, cloud)
    deleted(proton, estate, cloud)


def updated(proton, estate: Estate, cloud: Cloud) -> None:
    """Everything by the ordinary API, and on the very stacks that were adopted."""
    current = {"deploymentType": "CURRENT_VERSION"}
    for name in estate.environments:
        proton.update_environment(name=name, spec=environment_spec("ours"), **current)
    side_by_side(lambda name: proton.get_waiter("environment_deployed").wait(name=name), estate.environments)
    for service in estate.services:
        for name in estate.places:
            spec = service_spec(estate.places, "large")
            proton.update_service_instance(serviceName=service, name=name, spec=spec, **current)
    for service in estate.services:
        for name in estate.places:
            proton.get_waiter("service_instance_deployed").wait(serviceName=service, name=name)
        spec = service_spec(estate.places, "large", "again")
        proton.update_service_pipeline(serviceName=service, spec=spec, **current)
    for name in estate.components:
        proton.update_component(name=name, templateFile=COMPONENT.replace("DELAY", "9"), **current)
    for service in estate.services:
        proton.get_waiter("service_pipeline_deployed").wait(name=service, WaiterConfig={"Delay": 1})
        text = proton.list_service_pipeline_outputs(serviceName=service)["outputs"][0]["valueString"]
        each = "large in ours of owner/repo"
        assert text == "again main:" + "".join(f" {name}={each}" for name in estate.places)
    for name in estate.components:
        proton.get_waiter("component_deployed").wait(name=name)
    for key, stack in estate.stacks.items():
        assert cloud.status(stack) == "UPDATE_COMPLETE", key
        found = cloud.client.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"][0]["OutputValue"]
        assert found != next(iter(estate.outputs[key].values())), key


def deleted(proton, estate: Estate, cloud: Cloud) -> None:
    """By the ordinary API, inside out; no stack stays."""
    for name in estate.components:
        proton.delete_component(name=name)
    for service in estate.services:
        proton.delete_service(name=service)
    side_by_side(lambda name: proton.get_waiter("component_deleted").wait(name=name), estate.components)
    side_by_side(lambda name: proton.get_waiter("service_deleted").wait(name=name), estate.services)
    for name in estate.environments:
        proton.delete_environment(name=name)
    side_by_side(lambda name: eventually(lambda: gone(proton, name)), estate.environments)
    assert {cloud.status(stack) for stack in estate.stacks.values()} == {"DELETE_COMPLETE"}


def gone(proton, environment: str):
    try:
        proton.get_environment(name=environment)
    except proton.exceptions.ResourceNotFoundException:
        return True
    return None


def test_a_stack_that_protium_made_is_not_adopted_under_a_second_name(
    proton, outputs, cloud, adopt, environment, environment_template, unique
):
    arn = proton.get_environment(name=environment)["environment"]["arn"]
    stacks = cloud.client.get_paginator("describe_stacks").paginate().search("Stacks[]")
    mine = {"Key": "proton:environment", "Value": arn}
    stack = next(stack for stack in stacks if mine in stack["Tags"])
    other = {
        "name": unique("env"),
        "templateName": environment_template,
        "templateMajorVersion": "1",
        "spec": "proton: EnvironmentSpec\nspec: {label: here}\n",
        "protonServiceRoleArn": outputs.ProvisioningRoleArn,
    }
    done = adopt(stack["StackId"], {"environment": other})
    assert done.status == "FAILED" and f"{arn} already" in done.statusMessage
    assert cloud.status(stack["StackId"]) == stack["StackStatus"]
    assert proton.get_environment(name=environment)["environment"]["deploymentStatus"] == "SUCCEEDED"
