"""The machine of fleet updates: lanes side by side, chunks one after the other, targets with the concurrency of their lane."""

import json
import threading
import time
from pathlib import Path

import pytest
from gapfill import machine_roles, step_functions, workflow_tasks
from ministack import app
from ministack.services import iam, s3
from ministack.services import stepfunctions as sfn

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:probe"
ROLE = "arn:aws:iam::000000000000:role/probe"
BUCKET = "probe-items"
FLEET = "0199a3c2-7b10-7c55-8c1e-2f6a90d4e8f1"
TRACE = "1-5759e988-bd862e3fe1be46a994272793"
SUBSTITUTIONS = {
    "AdvanceFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:advance",
    "FanOutFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:fan-out",
    "DeployFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:deploy",
    "ArtifactBucket": BUCKET,
    "Partition": "aws",
}
MACHINE = Path(__file__).resolve().parents[3] / "statemachines" / "fleet.asl.json"


def definition() -> dict:
    """The machine of the project, as CloudFormation hands it to Step Functions."""
    text = MACHINE.read_text()
    for name, value in SUBSTITUTIONS.items():
        text = text.replace("${" + name + "}", value)
    assert "${" not in text
    return json.loads(text)


ALLOWED = [
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": list(SUBSTITUTIONS.values())[:3]},
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


class Functions:
    """The functions of the machine: one round over the lanes, then the end. Tasks end a moment later, from elsewhere."""

    def __init__(self, lanes: list, busy: int, refused: set) -> None:
        self.lock, self.running, self.most, self.items = threading.Lock(), {}, {}, []
        self.lanes, self.busy, self.refused, self.asked = lanes, busy, refused, []

    def __call__(self, function, event):
        name = function["FunctionArn"].rpartition(":")[2]
        return getattr(self, name.replace("-", "_"))(event)

    def fan_out(self, event):
        assert event == {"fleetUpdateId": FLEET, "trace": TRACE}

    def advance(self, event):
        if "chunk" in event:
            return {"admitted": event["chunk"]["key"] not in self.refused}
        self.asked.append(event)
        said = {"fleetUpdateId": FLEET, "run": 1, "history": len(self.asked)}
        steps = [
            {"step": "PLAN", "next": said},
            {"step": "WAIT", "seconds": 1, "next": said},
            {"step": "RUN", "lanes": self.lanes, "next": said | {"done": {"round": 0}}},
            {"step": "END", "next": said},
        ]
        return steps[len(self.asked) - 1]

    def deploy(self, event):
        assert event["fleetUpdateId"] == FLEET and event["rollBack"] is False
        # A chunk that was handed out by the release before has none.
        assert event["trace"] == (TRACE if event["item"]["key"].endswith("-0.json") else None)
        item = event["item"]
        if event["attempt"] < self.busy:
            threading.Timer(0.01, self.answer, (event["taskToken"], {"again": True})).start()
            return
        with self.lock:
            self.items.append(item)
            self.running[item["lane"]] = self.running.get(item["lane"], 0) + 1
            self.most[item["lane"]] = max(self.most.get(item["lane"], 0), self.running[item["lane"]])
        threading.Timer(0.01, self.end, (item, event["taskToken"])).start()

    def end(self, item, token) -> None:
        with self.lock:
            self.running[item["lane"]] -= 1
        self.answer(token, {})

    @staticmethod
    def answer(token, result) -> None:
        task = sfn._task_tokens[token]
        task["result"] = result
        task["event"].set()


def run(monkeypatch, lanes: dict[str, tuple[int, list[int]]], statements=None, busy=0, refused=()):
    """Runs the machine over lanes of (concurrency, sizes of their chunks); its functions, and its output."""
    monkeypatch.setattr(app, "AUTH", statements is not None)
    monkeypatch.setattr(sfn, "_SFN_WAIT_SCALE", 0.001)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements or []})
    iam._roles["probe"] = {"Arn": ROLE, "InlinePolicies": {"probe": policy}, "AttachedPolicies": []}
    sfn._state_machines[ARN] = {"stateMachineArn": ARN, "roleArn": ROLE}
    objects, given = {}, []
    for lane, (concurrency, sizes) in lanes.items():
        keys = [f"{lane}-{chunk}.json" for chunk in range(len(sizes))]
        for key, size in zip(keys, sizes, strict=True):
            objects[key] = json.dumps([{"lane": lane, "key": key, "ordinal": number} for number in range(size)])
        chunk = {"fleetUpdateId": FLEET, "run": 1, "wave": 0, "rollBack": False}
        chunks = [chunk | {"key": key} for key in keys]
        chunks[0]["trace"] = TRACE
        given.append({"concurrency": concurrency, "chunks": chunks})
    monkeypatch.setattr(s3, "_get_object", lambda bucket, key, *_: (200, {}, objects[key].encode()))
    functions = Functions(given, busy, set(refused))
    # What the emulator invokes functions by, below everything that the fillers add.
    lambdas = machine_roles.lambda_svc
    record = lambda arn: ({"FunctionArn": arn}, {"FunctionArn": arn}, arn)  # noqa: E731
    monkeypatch.setattr(lambdas, "_get_func_record_for_ref", record)
    monkeypatch.setattr(lambdas, "_execution_record_for_config", lambda function, config: function)
    execute = lambda function, event: {"body": functions(function, event)}  # noqa: E731
    monkeypatch.setattr(lambdas, "_execute_function_with_config_scope", execute)
    given = {"fleetUpdateId": FLEET, "run": 1, "trace": TRACE}
    execution = {"stateMachineArn": ARN, "executionArn": ARN + ":1", "events": [], "mockAttempts": {}}
    context = {"Execution": {"Input": given}, "StateMachine": {"Name": "probe"}, "QueryLanguage": "JSONata"}
    machine = definition()
    return functions, sfn._run_sub_machine(machine["States"], machine["StartAt"], given, execution, context)


def test_a_thousand_targets_with_the_concurrency_of_their_lane(monkeypatch):
    began = time.monotonic()
    probe, answer = run(monkeypatch, {"wide": (40, [500, 300]), "narrow": (3, [150, 50])})
    assert answer == {}
    assert [event.get("done") for event in probe.asked] == [None, None, None, {"round": 0}]
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


def test_a_target_that_is_busy_comes_again(monkeypatch):
    probe, _ = run(monkeypatch, {"lane": (5, [3])}, busy=2)
    assert sorted(item["ordinal"] for item in probe.items) == [0, 1, 2]


def test_a_chunk_that_is_not_admitted_is_left_out(monkeypatch):
    probe, answer = run(monkeypatch, {"lane": (5, [3, 3])}, refused=["lane-0.json"])
    assert answer == {} and {item["key"] for item in probe.items} == {"lane-1.json"}


def test_without_the_right_to_deploy_no_target_is_touched(monkeypatch):
    others = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": list(SUBSTITUTIONS.values())[:2]}
    monkeypatch.setattr(sfn, "_SFN_WAIT_SCALE", 0.0)
    probe, answer = run(monkeypatch, {"lane": (5, [3])}, [others, *ALLOWED[1:]])
    assert answer == {} and not probe.items, "the children fail, and failures are tolerated"
