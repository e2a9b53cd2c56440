"""All ten waiters, as botocore ships them: each sees a change happen, and each knows when it never will."""

import pytest
from botocore.exceptions import WaiterError

from conftest import service_spec

FAILED = {"creations": ["ROLLBACK_COMPLETE"]}
NOT_UPDATED = {"updates": ["UPDATE_ROLLBACK_COMPLETE"]}
NOT_DELETED = {"deletions": ["DELETE_FAILED"]}


def version_create(proton, world, kind):
    name = f"fresh-{kind.lower()}"
    arguments = {"templateName": name, "source": world.bundle(kind, name)}
    if kind == "ENVIRONMENT":
        proton.create_environment_template(name=name)
        proton.create_environment_template_version(**arguments)
    else:
        proton.create_service_template(name=name, pipelineProvisioning="CUSTOMER_MANAGED")
        compatible = [{"templateName": "net", "majorVersion": "1"}]
        proton.create_service_template_version(compatibleEnvironmentTemplates=compatible, **arguments)
    return {"templateName": name, "majorVersion": "1", "minorVersion": "0"}


def service_create(make):
    make.environment()
    return lambda: make.service(wait=False), {"name": "shop"}


def component_create(make):
    make.environment()
    return lambda: make.component(wait=False), {"name": "queue"}


def service_change(make, instances):
    make.environment()
    make.service()
    spec = service_spec(instances)
    return lambda: make.proton.update_service(name="shop", spec=spec), {"name": "shop"}


def service_delete(make):
    make.environment()
    make.service()
    return lambda: make.proton.delete_service(name="shop"), {"name": "shop"}


def component_delete(make):
    make.environment()
    make.component()
    return lambda: make.proton.delete_component(name="queue"), {"name": "queue"}


def pipeline_update(make):
    make.environment()
    make.piped()
    arguments = {"spec": service_spec(["one"], pipeline="web"), "deploymentType": "CURRENT_VERSION"}
    return lambda: make.proton.update_service_pipeline(serviceName="piped", **arguments), {"name": "piped"}


def instance_update(make):
    make.environment()
    make.service()
    instance = {"serviceName": "shop", "name": "one"}
    arguments = {"spec": service_spec(["one"], size="large"), "deploymentType": "CURRENT_VERSION"}
    return lambda: make.proton.update_service_instance(**arguments, **instance), instance


# What leads to a wait, and an end of the stack at which the wait is in vain. A first deployment of an instance or pipeline
# that fails is cleaned away with its service, so updates are waited for.
JOURNEYS = {
    "environment_deployed": (lambda make: (lambda: make.environment(wait=False), {"name": "beta"}), FAILED),
    "service_created": (service_create, FAILED),
    "service_updated": (lambda make: service_change(make, ["one", "two"]), FAILED),
    "service_deleted": (service_delete, NOT_DELETED),
    "service_instance_deployed": (instance_update, NOT_UPDATED),
    "service_pipeline_deployed": (pipeline_update, NOT_UPDATED),
    "component_deployed": (component_create, FAILED),
    "component_deleted": (component_delete, NOT_DELETED),
}


def polled(proton, waiter, **arguments):
    """How often the waiter asked."""
    before = len(proton.called)
    proton.get_waiter(waiter).wait(WaiterConfig={"Delay": 0, "MaxAttempts": 9}, **arguments)
    return len(proton.called) - before


def test_every_waiter_is_tried(proton):
    registered = {"environment_template_version_registered", "service_template_version_registered"}
    assert set(proton.waiter_names) == set(JOURNEYS) | registered
    assert len(proton.waiter_names) == 10


@pytest.mark.parametrize("waiter", JOURNEYS)
def test_a_waiter_sees_the_change_and_then_its_end(make, waiter):
    journey, _ = JOURNEYS[waiter]
    act, arguments = journey(make)
    act()
    assert polled(make.proton, waiter, **arguments) == 3, "twice it is in progress"


@pytest.mark.parametrize("waiter", JOURNEYS)
def test_a_waiter_gives_up_when_it_fails(make, world, waiter):
    journey, endings = JOURNEYS[waiter]
    act, arguments = journey(make)
    world.stacks_end(**endings)
    act()
    with pytest.raises(WaiterError, match="Waiter encountered a terminal failure state"):
        polled(make.proton, waiter, **arguments)


@pytest.mark.parametrize("kind", ["ENVIRONMENT", "SERVICE"])
def test_registrations_are_waited_for(proton, world, kind):
    version = version_create(proton, world, kind)
    assert polled(proton, f"{kind.lower()}_template_version_registered", **version) == 3


@pytest.mark.parametrize("kind", ["ENVIRONMENT", "SERVICE"])
def test_a_bundle_that_is_wrong_ends_the_wait(proton, world, kind):
    name = f"fresh-{kind.lower()}"
    # A bundle of the other kind.
    other = {"ENVIRONMENT": "SERVICE", "SERVICE": "ENVIRONMENT"}[kind]
    version = version_create(proton, world, kind)
    world.run()
    source = world.bundle(other, name)
    if kind == "ENVIRONMENT":
        proton.create_environment_template_version(templateName=name, source=source)
    else:
        compatible = [{"templateName": "net", "majorVersion": "1"}]
        proton.create_service_template_version(
            templateName=name, source=source, compatibleEnvironmentTemplates=compatible
        )
    with pytest.raises(WaiterError, match="Waiter encountered a terminal failure state"):
        polled(proton, f"{kind.lower()}_template_version_registered", **(version | {"majorVersion": "2"}))
