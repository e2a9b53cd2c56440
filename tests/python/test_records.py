"""Repositories, sync configurations, connections, the history and the summary, as boto3 models them."""

import pytest

CONNECTION = "arn:aws:codestar-connections:us-east-1:000000000000:connection/0190163d-8694-739b-aea5-966c26f8ad91"


@pytest.fixture
def repository(proton, unique):
    name = f"acme/{unique('repository')}"
    proton.create_repository(provider="GITHUB", name=name, connectionArn=CONNECTION)
    return {"provider": "GITHUB", "name": name}


def test_repositories_are_linked_listed_and_unlinked(proton, repository):
    linked = proton.get_repository(**repository)["repository"]
    assert linked["arn"].endswith(f":repository/github:{repository['name']}")
    pages = proton.get_paginator("list_repositories").paginate(PaginationConfig={"PageSize": 1})
    assert linked["arn"] in [found["arn"] for page in pages for found in page["repositories"]]
    proton.delete_repository(**repository)
    with pytest.raises(proton.exceptions.ResourceNotFoundException):
        proton.get_repository(**repository)


def test_a_template_is_configured_to_be_synchronised(proton, unique, repository):
    template = {"templateName": unique("synced"), "templateType": "ENVIRONMENT"}
    where = {"repositoryProvider": "GITHUB", "repositoryName": repository["name"]}
    proton.create_environment_template(name=template["templateName"])
    proton.create_template_sync_config(branch="main", **template, **where)
    with pytest.raises(proton.exceptions.ConflictException):
        proton.create_template_sync_config(branch="main", **template, **where)
    with pytest.raises(proton.exceptions.ConflictException):
        proton.delete_repository(**repository)
    assert "latestSync" not in proton.get_template_sync_status(templateVersion="1", **template)
    assert "latestSync" not in proton.get_repository_sync_status(branch="main", syncType="TEMPLATE_SYNC", **where)
    listed = proton.get_paginator("list_repository_sync_definitions").paginate(syncType="TEMPLATE_SYNC", **where)
    parents = [found["parent"] for page in listed for found in page["syncDefinitions"]]
    assert parents == [template["templateName"]]
    proton.delete_environment_template(name=template["templateName"])
    proton.delete_repository(**repository)


def test_connections_go_from_request_to_rejection(proton, outputs, unique):
    name = unique("elsewhere")
    made = proton.create_environment_account_connection(
        environmentName=name, managementAccountId=outputs.AccountId, roleArn=outputs.ProvisioningRoleArn
    )["environmentAccountConnection"]
    assert made["status"] == "PENDING"
    with pytest.raises(proton.exceptions.ConflictException):
        proton.create_environment_account_connection(
            environmentName=name, managementAccountId=outputs.AccountId, roleArn=outputs.ProvisioningRoleArn
        )
    accepted = proton.accept_environment_account_connection(id=made["id"])["environmentAccountConnection"]
    assert accepted["status"] == "CONNECTED"
    for requested_by in ["MANAGEMENT_ACCOUNT", "ENVIRONMENT_ACCOUNT"]:
        pages = proton.get_paginator("list_environment_account_connections").paginate(
            requestedBy=requested_by, environmentName=name, statuses=["CONNECTED"]
        )
        found = [found["id"] for page in pages for found in page["environmentAccountConnections"]]
        assert found == [made["id"]]
    proton.reject_environment_account_connection(id=made["id"])
    proton.delete_environment_account_connection(id=made["id"])
    assert "environmentAccountConnection" not in proton.delete_environment_account_connection(id=made["id"])


def test_an_environment_is_made_by_a_connection(proton, outputs, unique, environment_template):
    name = unique("lent")
    made = proton.create_environment_account_connection(
        environmentName=name, managementAccountId=outputs.AccountId, roleArn=outputs.ProvisioningRoleArn
    )["environmentAccountConnection"]
    proton.accept_environment_account_connection(id=made["id"])
    proton.create_environment(
        name=name,
        templateName=environment_template,
        templateMajorVersion="1",
        spec="proton: EnvironmentSpec\nspec: {label: lent}\n",
        environmentAccountConnectionId=made["id"],
    )
    proton.get_waiter("environment_deployed").wait(name=name)
    got = proton.get_environment(name=name)["environment"]
    assert got["environmentAccountConnectionId"] == made["id"]
    assert "protonServiceRoleArn" not in got
    with pytest.raises(proton.exceptions.ConflictException):
        proton.reject_environment_account_connection(id=made["id"])
    history = proton.list_deployments(environmentName=name)["deployments"]
    proton.delete_deployment(id=history[0]["id"])
    with pytest.raises(proton.exceptions.ResourceNotFoundException):
        proton.get_deployment(id=history[0]["id"])
    proton.notify_resource_deployment_status_change(resourceArn=got["arn"], status="SUCCEEDED")
    with pytest.raises(proton.exceptions.ConflictException):
        proton.notify_resource_deployment_status_change(resourceArn=got["arn"], status="FAILED")
    proton.delete_environment(name=name)


def test_the_summary_counts_what_is_made(proton, unique):
    before = proton.get_resources_summary()["counts"]["environmentTemplates"]["total"]
    proton.create_environment_template(name=unique("counted"))
    assert proton.get_resources_summary()["counts"]["environmentTemplates"]["total"] > before
