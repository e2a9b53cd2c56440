"""Every operation, called empty, called wrong and called right, through botocore: what it validates, what it parses, what it
raises. The fixtures check each answer against botocore's own model."""

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

from conftest import ACCOUNT, CONNECTION, MANIFEST, ROLE, ROOT, environment_spec, service_spec

ARN = f"arn:aws:proton:eu-west-1:{ACCOUNT}"
NET = [{"templateName": "net", "majorVersion": "1"}]
VERSION = {"templateName": "fresh", "majorVersion": "1", "minorVersion": "0"}
GITHUB = {"provider": "GITHUB", "name": "acme/shop"}
BRANCH = {"repositoryProvider": "GITHUB", "repositoryName": "acme/shop", "branch": "main"}


def operations(client):
    """By method, those that this release carries out."""
    methods = client.meta.method_to_api_mapping
    named = client.meta.service_model.operation_model
    return {method: named(name) for method, name in methods.items() if name not in UNIMPLEMENTED}


@pytest.fixture
def told(proton):
    """Notes what succeeds."""
    proton.succeeded = set()
    proton.meta.events.register(
        "after-call.proton",
        lambda http_response, model, **_: http_response.status_code == 200 and proton.succeeded.add(model.name),
    )
    return proton


def test_every_operation_is_called_right_and_read(told, make, world):
    templates(told, world, "environment", {}, {})
    templates(told, world, "service", {"pipelineProvisioning": "CUSTOMER_MANAGED"}, {"compatibleEnvironmentTemplates": NET})
    repositories(told)
    environments(told, make)
    services(told, make)
    pipelines(told, make)
    components(told, make)
    syncs(told, world)
    connections(told)
    others(told)
    endings(told, make)
    called = set(told.meta.method_to_api_mapping.values())
    assert called - told.succeeded == set()
    assert len(called) == 87


def templates(proton, world, kind, template, version):
    def call(verb, what, **arguments):
        return getattr(proton, f"{verb}_{kind}_template{what}")(**arguments)

    source = world.bundle(kind.upper(), "fresh")
    call("create", "", name="fresh", displayName="Fresh", description="d", tags=[{"key": "a", "value": "b"}], **template)
    call("update", "", name="fresh", displayName="Fresher")
    assert call("get", "", name="fresh")[f"{kind}Template"]["displayName"] == "Fresher"
    assert "fresh" in [found["name"] for found in call("list", "s")["templates"]]
    for _ in range(2):
        call("create", "_version", templateName="fresh", source=source, description="d", **version)
        world.run()
    call("update", "_version", status="PUBLISHED", **VERSION)
    got = call("get", "_version", **VERSION)[f"{kind}TemplateVersion"]
    assert got["status"] == "PUBLISHED" and got["schema"]
    assert len(call("list", "_versions", templateName="fresh")["templateVersions"]) == 2
    call("delete", "_version", **(VERSION | {"majorVersion": "2"}))
    call("delete", "_version", **VERSION)
    call("delete", "", name="fresh")
    assert f"{kind}Template" not in call("delete", "", name="fresh")


def repositories(proton):
    proton.create_repository(connectionArn=CONNECTION, tags=[{"key": "a", "value": "b"}], **GITHUB)
    assert proton.get_repository(**GITHUB)["repository"]["connectionArn"] == CONNECTION
    assert len(proton.list_repositories()["repositories"]) == 1


def environments(proton, make):
    make.environment()
    # What its stack has told already, told once more.
    proton.notify_resource_deployment_status_change(resourceArn=f"{ARN}:environment/beta", status="SUCCEEDED")
    proton.update_environment(name="beta", deploymentType="CURRENT_VERSION", spec=environment_spec("large"))
    cancelled = proton.cancel_environment_deployment(environmentName="beta")["environment"]
    assert cancelled["deploymentStatus"] == "CANCELLING"
    proton.list_environments(environmentTemplates=NET)
    proton.list_environments()
    assert proton.get_environment(name="beta")["environment"]["spec"] == environment_spec()
    assert proton.list_environment_outputs(environmentName="beta")["outputs"]
    assert proton.list_environment_provisioned_resources(environmentName="beta")["provisionedResources"]


def services(proton, make):
    make.service()
    proton.update_service(name="shop", description="d", spec=service_spec(["one", "two"]))
    make.wait("service_updated", name="shop")
    proton.create_service_instance(serviceName="shop", name="three", spec=service_spec(["one", "two", "three"]))
    make.wait("service_instance_deployed", serviceName="shop", name="three")
    proton.update_service_instance(serviceName="shop", name="one", deploymentType="CURRENT_VERSION")
    instance = {"serviceName": "shop", "serviceInstanceName": "one"}
    proton.cancel_service_instance_deployment(**instance)
    filters = [{"key": "environmentName", "value": "beta"}, {"key": "createdAtAfter", "value": "2020-01-01T00:00:00Z"}]
    proton.list_service_instances(filters=filters, sortBy="createdAt", sortOrder="DESCENDING")
    assert len(proton.list_service_instances(serviceName="shop")["serviceInstances"]) == 3
    assert proton.get_service_instance(serviceName="shop", name="one")["serviceInstance"]["spec"]
    assert proton.list_service_instance_outputs(**instance)["outputs"]
    assert proton.list_service_instance_provisioned_resources(**instance)["provisionedResources"]
    assert len(proton.list_services()["services"]) == 1


def pipelines(proton, make):
    make.piped()
    assert proton.get_service(name="piped")["service"]["pipeline"]["deploymentStatus"] == "SUCCEEDED"
    spec = service_spec(["one"], pipeline="web")
    proton.update_service_pipeline(serviceName="piped", spec=spec, deploymentType="CURRENT_VERSION")
    assert proton.cancel_service_pipeline_deployment(serviceName="piped")["pipeline"]["deploymentStatus"] == "CANCELLING"
    assert proton.list_service_pipeline_outputs(serviceName="piped")["outputs"]
    assert proton.list_service_pipeline_provisioned_resources(serviceName="piped")["provisionedResources"]


def components(proton, make):
    make.component()
    attached = {"serviceName": "shop", "serviceInstanceName": "one"}
    update = {"name": "queue", "deploymentType": "CURRENT_VERSION"}
    proton.update_component(serviceSpec=service_spec(["one"]), **update, **attached)
    make.wait("component_deployed", name="queue")
    assert proton.get_component(name="queue")["component"]["serviceInstanceName"] == "one"
    assert len(proton.list_components(**attached)["components"]) == 1
    proton.update_component(serviceName="", serviceInstanceName="", **update)
    make.wait("component_deployed", name="queue")
    assert "serviceName" not in proton.get_component(name="queue")["component"]
    proton.update_component(templateFile="Resources: {}\n# changed\n", **update)
    proton.cancel_component_deployment(componentName="queue")
    for _ in range(3):
        assert proton.list_component_outputs(componentName="queue")["outputs"]
    assert proton.list_component_provisioned_resources(componentName="queue")["provisionedResources"]
    proton.create_component(
        name="topic", templateFile="Resources: {}\n", manifest=MANIFEST, environmentName="beta", description="d"
    )


def syncs(proton, world):
    template = {"templateName": "net", "templateType": "ENVIRONMENT"}
    proton.create_template_sync_config(**template, **BRANCH)
    proton.update_template_sync_config(subdirectory="templates", **template, **BRANCH)
    assert proton.get_template_sync_config(**template)["templateSyncConfig"]["subdirectory"] == "templates"
    proton.get_template_sync_status(templateVersion="1", **template)
    proton.create_service_sync_config(serviceName="shop", filePath="ops.yaml", **BRANCH)
    proton.update_service_sync_config(serviceName="shop", filePath="ops/ops.yaml", **BRANCH)
    assert proton.get_service_sync_config(serviceName="shop")["serviceSyncConfig"]["filePath"] == "ops/ops.yaml"
    proton.get_service_instance_sync_status(serviceName="shop", serviceInstanceName="one")
    proton.get_service_sync_blocker_summary(serviceName="shop", serviceInstanceName="one")
    proton.get_repository_sync_status(syncType="SERVICE_SYNC", **BRANCH)
    repository = {"repositoryProvider": "GITHUB", "repositoryName": "acme/shop"}
    assert proton.list_repository_sync_definitions(syncType="TEMPLATE_SYNC", **repository)["syncDefinitions"]
    world.blocker("shop")
    blockers = proton.get_service_sync_blocker_summary(serviceName="shop")["serviceSyncBlockerSummary"]["latestBlockers"]
    resolved = proton.update_service_sync_blocker(id=blockers[0]["id"], resolvedReason="as intended")
    assert resolved["serviceSyncBlocker"]["status"] == "RESOLVED"
    assert proton.delete_service_sync_config(serviceName="shop")["serviceSyncConfig"]
    assert proton.delete_template_sync_config(**template)["templateSyncConfig"]


def connections(proton):
    def create(name):
        made = proton.create_environment_account_connection(
            environmentName=name, managementAccountId=ACCOUNT, roleArn=ROLE
        )
        return made["environmentAccountConnection"]["id"]

    first, second = create("first"), create("second")
    proton.update_environment_account_connection(id=first, roleArn=ROLE, componentRoleArn=ROLE)
    proton.accept_environment_account_connection(id=first)
    proton.reject_environment_account_connection(id=second)
    assert proton.get_environment_account_connection(id=first)["environmentAccountConnection"]["status"] == "CONNECTED"
    listed = proton.list_environment_account_connections(requestedBy="ENVIRONMENT_ACCOUNT", statuses=["REJECTED"])
    assert [found["id"] for found in listed["environmentAccountConnections"]] == [second]
    proton.delete_environment_account_connection(id=second)
    assert "environmentAccountConnection" not in proton.delete_environment_account_connection(id=second)


def others(proton):
    arn = f"{ARN}:environment/beta"
    proton.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "a"}])
    proton.untag_resource(resourceArn=arn, tagKeys=["team", "absent"])
    proton.list_tags_for_resource(resourceArn=arn)
    proton.update_account_settings(
        pipelineServiceRoleArn=ROLE, pipelineProvisioningRepository=GITHUB | {"branch": "main"}
    )
    assert proton.get_account_settings()["accountSettings"]["pipelineProvisioningRepository"]["branch"] == "main"
    proton.update_account_settings(deletePipelineProvisioningRepository=True)
    assert proton.get_resources_summary()["counts"]["services"]["total"] == 2
    deployments = proton.list_deployments(environmentName="beta")["deployments"]
    got = [proton.get_deployment(id=found["id"])["deployment"] for found in deployments]
    assert "initialState" not in got[-1] and got[-1]["targetState"]["environment"]["spec"]
    for found in proton.list_deployments()["deployments"]:
        assert proton.get_deployment(id=found["id"])["deployment"]["targetState"]
    proton.delete_deployment(id=deployments[-1]["id"])


def endings(proton, make):
    for component in ["queue", "topic"]:
        proton.delete_component(name=component)
        make.wait("component_deleted", name=component)
    for service in ["shop", "piped"]:
        proton.delete_service(name=service)
        make.wait("service_deleted", name=service)
    assert proton.delete_environment(name="beta")["environment"]["deploymentStatus"] == "DELETE_IN_PROGRESS"
    proton.list_environments()
    proton.list_environments()
    with pytest.raises(proton.exceptions.ResourceNotFoundException):
        proton.get_environment(name="beta")
    assert "environment" not in proton.delete_environment(name="beta")
    proton.delete_repository(**GITHUB)


def test_protiums_own_operations_are_called_right_and_read(make, protium, world):
    proton = make.proton
    make.environment()
    update = {"name": "beta", "deploymentType": "CURRENT_VERSION", "spec": environment_spec("large")}
    preview = protium.preview_deployment(request={"updateEnvironment": update})["preview"]
    assert preview["status"] == "IN_PROGRESS"
    protium.get_waiter("preview_completed").wait(previewId=preview["id"], WaiterConfig={"Delay": 0, "MaxAttempts": 9})
    assert "large" in protium.get_preview(previewId=preview["id"])["preview"]["files"][0]["content"]

    world.stacks_end(updates=["UPDATE_ROLLBACK_COMPLETE"])
    failed = proton.update_environment(**update)["environment"]["lastAttemptedDeploymentId"]
    world.run()
    assert "large" in protium.get_rendered_template(deploymentId=failed)["files"][0]["content"]
    retried = protium.retry_deployment(deploymentId=failed)["deployment"]
    assert retried["deploymentStatus"] == "IN_PROGRESS" and retried["id"] != failed
    world.run()

    source = world.bundle("ENVIRONMENT", "moved")
    moved = {"templateType": "ENVIRONMENT", "templateName": "net", "majorVersion": "3", "minorVersion": "4"}
    imported = protium.import_template_version(source=source, **moved)["templateVersion"]
    assert imported["status"] == "REGISTRATION_IN_PROGRESS"

    stack = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/AWSProton-old-cloudformation--ABCDEFGHIJKLMNO/1"
    environment = {
        "name": "old", "templateName": "net", "templateMajorVersion": "1", "spec": environment_spec(),
        "protonServiceRoleArn": ROLE,
    }
    adopted = protium.adopt_resource(resource={"environment": environment}, stackArn=stack)["preview"]
    assert adopted["adoptedStackArn"] == stack
    world.run()
    assert protium.get_preview(previewId=adopted["id"])["preview"]["status"] == "FAILED", "there is no such stack"

    begun = protium.force_delete(resourceArn=f"{ARN}:environment/beta", retain="STACK")["deployments"]
    assert [deployment["deploymentStatus"] for deployment in begun] == ["DELETE_IN_PROGRESS"]


def test_every_operation_answers_an_empty_call_with_a_class_that_botocore_knows(proton, protium, endpoint):
    for client in [proton, protium]:
        for method, model in operations(client).items():
            if model.input_shape.required_members:
                with pytest.raises(ParamValidationError):
                    getattr(client, method)()
                continue
            # The fixture checks the class of a refusal; only its being one of the caller's is left to say.
            try:
                getattr(client, method)()
            except ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, f"{method}: {error}"


UNIMPLEMENTED = set((ROOT / "functions/api/tests/golden/unimplemented-operations.txt").read_text().split("\n"))
SAMPLES = {"string": "nothing", "integer": 7, "boolean": True}


def sample(shape):
    """A value of a shape that names nothing that there is."""
    if shape.type_name == "structure":
        members = [*shape.members][:1] if getattr(shape, "is_tagged_union", False) else shape.required_members
        return {name: sample(shape.members[name]) for name in members}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if getattr(shape, "enum", None):
        return shape.enum[0]
    named = {
        "Arn": f"{ARN}:environment/nothing", "RepositoryName": "no/thing", "S3Bucket": "uploads", "RoleArn": ROLE,
        "AwsAccountId": ACCOUNT, "TemplateVersionPart": "7", "StackArn": f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/no/1",
    }
    if shape.name.endswith("Id") and shape.name != "RepositoryId" and shape.name not in named:
        return "01234567-89ab-cdef-0123-456789abcdef"
    return named.get(shape.name, SAMPLES[shape.type_name])


def test_what_names_nothing_that_there_is_raises_a_class_that_the_operation_declares(proton, protium):
    raised = 0
    for client in [proton, protium]:
        for method, model in operations(client).items():
            arguments = sample(model.input_shape) if model.input_shape.required_members else {}
            assert not ParamValidator().validate(arguments, model.input_shape).has_errors()
            try:
                getattr(client, method)(**arguments)
            except ClientError as error:
                declared = {shape.name: client.exceptions.from_code(shape.name) for shape in model.error_shapes}
                code = error.response["Error"]["Code"]
                assert type(error) is declared[code], f"{method}: {error}"
                assert code != "InternalServerException" and error.response["Error"]["Message"], method
                assert "failed to satisfy constraint" not in error.response["Error"]["Message"], f"{method}: {error}"
                raised += 1
    assert raised >= 60
