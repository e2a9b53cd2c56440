"""A cancelled stack waits for nothing any more."""

import threading

import pytest
from gapfill import stack_cancellation
from ministack.services.cloudformation import wait_conditions


def wait(stack_id: str, failures: list) -> threading.Thread:
    _, token = wait_conditions.register_handle(stack_id)

    def loop() -> None:
        try:
            wait_conditions.wait_for(token, stack_id, "stack", "Gate", "AWS::CloudFormation::WaitCondition", 1, 20)
        except RuntimeError as error:
            failures.append(str(error))

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    return thread


@pytest.fixture(autouse=True)
def no_events(monkeypatch):
    from ministack.services.cloudformation import stacks

    monkeypatch.setattr(stacks, "_add_event", lambda *arguments: None)


def test_the_waits_of_the_stack_end_and_those_of_others_do_not():
    failures: list = []
    ours, others = wait("ours", failures), wait("others", failures)
    while len(wait_conditions._waiting) < 2:
        ours.join(timeout=0.01)
    stack_cancellation.end_waits("ours")
    ours.join(timeout=5)
    assert not ours.is_alive() and others.is_alive()
    assert len(failures) == 1 and "cancelled" in failures[0]
    wait_conditions.reset()
    others.join(timeout=5)
