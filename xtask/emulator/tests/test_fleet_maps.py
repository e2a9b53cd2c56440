"""The maps that a fleet update runs by: lanes side by side, chunks one after the other, targets with their concurrency."""

import json
import threading
import time

import pytest
from gapfill import machine_roles, step_functions, workflow_tasks
from ministack import app
from ministack.services import iam, s3
from ministack.services import stepfunctions as sfn

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:probe"
ROLE = "arn:aws:iam::000000000000:role/probe"
BUCKET = "probe-items"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:deploy"

CHILD = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Deploy",
    "States": {
        "Deploy": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "TimeoutSeconds": 60,
            "Arguments": {
                "FunctionName": FUNCTION,
                "Payload": {"item": "{% $states.input.item %}", "token": "{% $states.context.Task.Token %}"},
            },
            "Output": {},
            "End": True,
        }
    },
}
STATES = {
    "Lanes": {
        "Type": "Map",
        "Items": "{% $states.input.lanes %}",
        "ItemProcessor": {
            "StartAt": "Chunks",
            "States": {
                "Chunks": {
                    "Type": "Map",
                    "MaxConcurrency": 1,
                    "Items": "{% $states.input.chunks %}",
                    "ItemSelector": {
                        "key": "{% $states.context.Map.Item.Value %}",
                        "concurrency": "{% $states.input.concurrency %}",
                    },
                    "ItemProcessor": {
                        "StartAt": "Targets",
                        "States": {
                            "Targets": {
                                "Type": "Map",
                                "MaxConcurrency": "{% $states.input.concurrency %}",
                                "ToleratedFailurePercentage": 100,
                                "ItemReader": {
                                    "Resource": "arn:aws:states:::s3:getObject",
                                    "ReaderConfig": {"InputType": "JSON"},
                                    "Arguments": {"Bucket": BUCKET, "Key": "{% $states.input.key %}"},
                                },
                                "ItemSelector": {"item": "{% $states.context.Map.Item.Value %}"},
                                "ItemProcessor": CHILD,
                                "Output": {},
                                "End": True,
                            }
                        },
                    },
                    "Output": {},
                    "End": True,
                }
            },
        },
        "Output": {},
        "End": True,
    }
}
ALLOWED = [
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": FUNCTION},
    {"Effect": "Allow", "Action": "states:StartExecution", "Resource": ARN},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"},
]


@pytest.fixture(scope="module", autouse=True)
def fillers():
    before = {name: function for name, function in vars(sfn).items() if callable(function)}
    machine_roles.install()
    step_functions.distributed_map_with_jsonata()
    workflow_tasks.function_errors_fail_callbacks()
    yield
    for name, function in before.items():
        setattr(sfn, name, function)


class Probe:
    """The function that the targets wait for: answers its token a moment later, from another thread."""

    def __init__(self) -> None:
        self.lock, self.running, self.most, self.items = threading.Lock(), {}, {}, []

    def __call__(self, _function, event):
        item = event["item"]
        with self.lock:
            self.items.append(item)
            self.running[item["lane"]] = self.running.get(item["lane"], 0) + 1
            self.most[item["lane"]] = max(self.most.get(item["lane"], 0), self.running[item["lane"]])
        threading.Timer(0.01, self.answer, (item, event["token"])).start()

    def answer(self, item, token) -> None:
        with self.lock:
            self.running[item["lane"]] -= 1
        task = sfn._task_tokens[token]
        task["result"] = {}
        task["event"].set()


def run(monkeypatch, lanes: dict[str, tuple[int, list[int]]], statements=None):
    """Maps over lanes of (concurrency, sizes of their chunks); the probe, and the lanes' input or the error."""
    monkeypatch.setattr(app, "AUTH", statements is not None)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements or []})
    iam._roles["probe"] = {"Arn": ROLE, "InlinePolicies": {"probe": policy}, "AttachedPolicies": []}
    sfn._state_machines[ARN] = {"stateMachineArn": ARN, "roleArn": ROLE}
    objects, given = {}, []
    for lane, (concurrency, sizes) in lanes.items():
        keys = [f"{lane}-{chunk}.json" for chunk in range(len(sizes))]
        for key, size in zip(keys, sizes, strict=True):
            objects[key] = json.dumps([{"lane": lane, "key": key, "ordinal": number} for number in range(size)])
        given.append({"concurrency": concurrency, "chunks": keys})
    monkeypatch.setattr(s3, "_get_object", lambda bucket, key, *_: (200, {}, objects[key].encode()))
    probe = Probe()
    function = {"FunctionArn": FUNCTION}
    monkeypatch.setattr(machine_roles.lambda_svc, "_get_func_record_for_ref", lambda _: (function, function, "deploy"))
    # What the emulator invokes functions by, below everything that the fillers add.
    monkeypatch.setattr(machine_roles.lambda_svc, "_execution_record_for_config", lambda function, config: function)
    monkeypatch.setattr(
        machine_roles.lambda_svc,
        "_execute_function_with_config_scope",
        lambda record, event: {"body": probe(record, event)},
    )
    execution = {"stateMachineArn": ARN, "executionArn": ARN + ":1", "events": [], "mockAttempts": {}}
    context = {"Execution": {}, "StateMachine": {"Name": "probe"}, "QueryLanguage": "JSONata"}
    return probe, sfn._run_sub_machine(STATES, "Lanes", {"lanes": given}, execution, context)


def test_a_thousand_targets_with_the_concurrency_of_their_lane(monkeypatch):
    began = time.monotonic()
    probe, answer = run(monkeypatch, {"wide": (40, [500, 300]), "narrow": (3, [150, 50])})
    assert answer == {}
    assert len(probe.items) == len({(item["key"], item["ordinal"]) for item in probe.items}) == 1_000
    assert probe.most["narrow"] == 3
    assert 20 < probe.most["wide"] <= 40
    assert time.monotonic() - began < 30


def test_chunks_of_a_lane_follow_each_other(monkeypatch):
    probe, _ = run(monkeypatch, {"lane": (5, [20, 20, 20])})
    assert [item["key"] for item in probe.items] == [f"lane-{chunk}.json" for chunk in range(3) for _ in range(20)]


def test_with_all_permissions_it_runs(monkeypatch):
    probe, _ = run(monkeypatch, {"lane": (5, [10])}, ALLOWED)
    assert len(probe.items) == 10


@pytest.mark.parametrize("missing", [1, 2])
def test_without_one_of_its_permissions_the_map_fails(monkeypatch, missing):
    statements = [statement for number, statement in enumerate(ALLOWED) if number != missing]
    with pytest.raises(sfn._ExecutionError, match=ALLOWED[missing]["Action"]):
        run(monkeypatch, {"lane": (5, [10])}, statements)


def test_without_the_right_to_invoke_no_target_is_touched(monkeypatch):
    probe, _ = run(monkeypatch, {"lane": (5, [10])}, ALLOWED[1:])
    assert not probe.items, "the children fail, and failures are tolerated"
