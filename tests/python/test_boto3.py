"""boto3 unchanged: its validation, waiters, paginators and errors."""

import pytest


def test_waiters_see_everything_through(proton, source, unique, environment, environment_template):
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

    name = unique("svc")
    instance = {"serviceName": name, "name": "only"}
    spec = "proton: ServiceSpec\ninstances:\n  - {{name: only, environment: {}, spec: {{label: {}}}}}\n"
    proton.create_service(
        name=name, templateName=template, templateMajorVersion="1", spec=spec.format(environment, "one")
    )
    proton.get_waiter("service_created").wait(name=name)
    proton.get_waiter("service_instance_deployed").wait(**instance)
    assert text_of(proton, name) == "one in here"

    proton.update_service_instance(
        deploymentType="CURRENT_VERSION", spec=spec.format(environment, "two"), **instance
    )
    proton.get_waiter("service_instance_deployed").wait(**instance)
    assert text_of(proton, name) == "two in here"

    proton.delete_service(name=name)
    proton.get_waiter("service_deleted").wait(name=name)
    with pytest.raises(proton.exceptions.ResourceNotFoundException):
        proton.get_service(name=name)


def text_of(proton, service):
    listed = proton.list_service_instance_outputs(serviceName=service, serviceInstanceName="only")
    return {output["key"]: output["valueString"] for output in listed["outputs"]}["Text"]


def test_paginators_read_every_page(proton, unique):
    prefix = unique("paged")
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in names:
        proton.create_environment_template(name=name)
    pages = list(proton.get_paginator("list_environment_templates").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["templates"]) <= 2 for page in pages)
    found = [template["name"] for page in pages for template in page["templates"]]
    assert [name for name in found if name in names] == names


@pytest.mark.parametrize(
    "operation, arguments",
    [
        ("list_environments", {}),
        ("list_services", {}),
        ("list_service_instances", {}),
        ("list_service_templates", {}),
        ("list_deployments", {}),
    ],
)
def test_every_list_has_a_working_paginator(proton, environment, operation, arguments):
    pages = proton.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1, "MaxItems": 3}, **arguments)
    assert len(list(pages)) >= 1


def test_an_environment_is_read_as_boto3_models_it(proton, outputs, environment):
    got = proton.get_environment(name=environment)["environment"]
    assert got["deploymentStatus"] == "SUCCEEDED"
    assert got["lastDeploymentSucceededAt"] == got["lastDeploymentAttemptedAt"]
    assert got["createdAt"].year >= 2024
    assert got["arn"].endswith(f":environment/{environment}")
    assert got["protonServiceRoleArn"] == outputs.ProvisioningRoleArn


def test_errors_are_boto3s_own(proton, environment, unique):
    with pytest.raises(proton.exceptions.ResourceNotFoundException):
        proton.get_environment(name=unique("nothing"))
    with pytest.raises(proton.exceptions.ValidationException):
        proton.list_environments(maxResults=100, nextToken="bm8=")
    with pytest.raises(proton.exceptions.ValidationException, match="IdempotentParameterMismatch"):
        got = proton.get_environment(name=environment)["environment"]
        proton.create_environment(
            name=environment,
            templateName=got["templateName"],
            templateMajorVersion="1",
            spec="proton: EnvironmentSpec\nspec: {label: another}\n",
            protonServiceRoleArn=got["protonServiceRoleArn"],
        )
