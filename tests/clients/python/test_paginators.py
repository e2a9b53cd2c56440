"""All 21 paginators, as botocore ships them, with pages of one entry: each list is read whole, every entry once."""

import pytest

from conftest import CONNECTION, ROLE

WHOLE = {
    "list_component_outputs",
    "list_component_provisioned_resources",
    "list_environment_outputs",
    "list_environment_provisioned_resources",
    "list_repository_sync_definitions",
    "list_service_instance_outputs",
    "list_service_instance_provisioned_resources",
    "list_service_pipeline_outputs",
    "list_service_pipeline_provisioned_resources",
}


@pytest.fixture
def peopled(make, world):
    """A world in which every list has at least two entries, but for outputs and resources."""
    proton = make.proton
    make.environment()
    make.environment("gamma")
    make.service(instances=("one", "two"))
    make.piped()
    make.component()
    make.component("topic")
    for kind, more in [("environment", {}), ("service", {"compatibleEnvironmentTemplates": [{"templateName": "net", "majorVersion": "1"}]})]:
        source = world.bundle(kind.upper(), "bundle")
        getattr(proton, f"create_{kind}_template")(name="another")
        for _ in range(2):
            getattr(proton, f"create_{kind}_template_version")(templateName="another", source=source, **more)
    for name in ["acme/one", "acme/two"]:
        proton.create_repository(provider="GITHUB", name=name, connectionArn=CONNECTION)
    for template in ["net", "another"]:
        proton.create_template_sync_config(
            templateName=template, templateType="ENVIRONMENT", branch="main", repositoryProvider="GITHUB",
            repositoryName="acme/one",
        )
    for name in ["one", "two"]:
        proton.create_environment_account_connection(
            environmentName=name, managementAccountId="111122223333", roleArn=ROLE
        )
    proton.tag_resource(
        resourceArn="arn:aws:proton:eu-west-1:111122223333:environment/beta",
        tags=[{"key": key, "value": "v"} for key in ["a", "b", "c"]],
    )
    return proton


ARGUMENTS = {
    "list_component_outputs": {"componentName": "queue"},
    "list_component_provisioned_resources": {"componentName": "queue"},
    "list_components": {},
    "list_deployments": {},
    "list_environment_account_connections": {"requestedBy": "MANAGEMENT_ACCOUNT"},
    "list_environment_outputs": {"environmentName": "beta"},
    "list_environment_provisioned_resources": {"environmentName": "beta"},
    "list_environment_template_versions": {"templateName": "another"},
    "list_environment_templates": {},
    "list_environments": {},
    "list_repositories": {},
    "list_repository_sync_definitions": {
        "repositoryName": "acme/one", "repositoryProvider": "GITHUB", "syncType": "TEMPLATE_SYNC",
    },
    "list_service_instance_outputs": {"serviceName": "shop", "serviceInstanceName": "one"},
    "list_service_instance_provisioned_resources": {"serviceName": "shop", "serviceInstanceName": "one"},
    "list_service_instances": {},
    "list_service_pipeline_outputs": {"serviceName": "piped"},
    "list_service_pipeline_provisioned_resources": {"serviceName": "piped"},
    "list_service_template_versions": {"templateName": "another"},
    "list_service_templates": {},
    "list_services": {},
    "list_tags_for_resource": {"resourceArn": "arn:aws:proton:eu-west-1:111122223333:environment/beta"},
}


def test_every_list_is_read_whole_in_pages_of_one(peopled):
    listed = [name for name in dir(peopled) if name.startswith("list_")]
    assert sorted(ARGUMENTS) == sorted(listed)
    assert len(ARGUMENTS) == 21
    for operation, arguments in ARGUMENTS.items():
        paginator = peopled.get_paginator(operation)
        member = paginator.result_keys[0].expression
        if operation in WHOLE:
            pages = list(paginator.paginate(**arguments))
            assert len(pages) == 1 and pages[0][member], operation
            assert "nextToken" not in pages[0], operation
            continue
        pages = list(paginator.paginate(PaginationConfig={"PageSize": 1}, **arguments))
        assert len(pages) > 1, f"{operation} crosses no page"
        assert all(len(page[member]) == 1 for page in pages), operation
        assert "nextToken" not in pages[-1], f"{operation}: the last page has a token"
        whole = getattr(peopled, operation)(**arguments)
        assert [entry for page in pages for entry in page[member]] == whole[member], operation


def test_what_is_made_and_deleted_between_pages_moves_nothing_else(make):
    for name in ["b", "d", "f", "h"]:
        make.environment(name)
    read = []
    for number, page in enumerate(
        make.proton.get_paginator("list_environments").paginate(PaginationConfig={"PageSize": 1})
    ):
        read += [found["name"] for found in page["environments"]]
        if number == 1:
            make.environment("a", wait=False)
            make.environment("e", wait=False)
            make.proton.delete_environment(name="d")
    assert [name for name in read if name != "e"] == ["b", "d", "f", "h"]
