"""What Step Functions asks of a definition before it takes it, and the emulator doesn't."""

import json
import re
from pathlib import Path

import pytest

MACHINES = sorted((Path(__file__).resolve().parents[3] / "statemachines").glob("*.asl.json"))


def states(definition: dict):
    """Every state with its name, those within maps included."""
    for name, state in definition["States"].items():
        yield name, state
        yield from states(state.get("ItemProcessor", {"States": {}}))


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.name)
def test_names_are_unique_in_the_whole_machine(machine):
    names = [name for name, _ in states(json.loads(machine.read_text()))]
    assert len(names) == len(set(names)) and all(len(name) <= 80 for name in names)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.name)
def test_integrations_are_of_the_partition_that_the_machine_is_in(machine):
    resources = re.findall(r'"Resource": "([^"]*)"', machine.read_text())
    assert resources and all(resource.startswith("arn:${Partition}:states:::") for resource in resources)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.name)
def test_next_states_are_there(machine):
    def check(definition):
        names = set(definition["States"])
        nexts = {definition["StartAt"]}
        for state in definition["States"].values():
            ways = [state, *state.get("Catch", []), *state.get("Choices", []), {"Next": state.get("Default")}]
            nexts |= {way["Next"] for way in ways if way.get("Next")}
            if "ItemProcessor" in state:
                check(state["ItemProcessor"])
        assert nexts == names, "each state can be reached, and is there"

    check(json.loads(machine.read_text()))
