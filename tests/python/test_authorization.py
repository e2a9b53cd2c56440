"""Who may do what: a developer deploys and doesn't publish, a reader reads, and a broken policy changes nothing."""

import time

from bundles import bundle
from people import eventually, protium_policy, refused

SPEC = "proton: EnvironmentSpec\nspec: {}\n"
BROKEN = 'permit (principal, action, resource)\nwhen { principal.rol == "x" };\n'
FREEZE = '@id("freeze")\nforbid (principal, action in Action::"write", resource)\nunless { principal.role == "nobody" };\n'


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
    said = protium_policy(outputs, "show", "--stack", outputs.StackName, code=1)
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
