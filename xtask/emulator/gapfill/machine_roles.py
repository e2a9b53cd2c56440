"""Step Functions: a state machine may do what its role allows (with AUTH=true), which MiniStack never asks.

Checked is what Protium's machines do: invoking functions, starting executions, and of a Distributed Map what it needs on
AWS, which is easily forgotten: `states:StartExecution` on the machine itself, and reading the items.
"""

import contextvars

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import lambda_svc
from ministack.services import stepfunctions as sfn

# The machine whose states this thread runs.
machine: contextvars.ContextVar[str] = contextvars.ContextVar("machine", default="")


def install() -> None:
    """Lets executions ask for permission."""
    tasks_ask()
    distributed_maps_ask()


def tasks_ask() -> None:
    """Each task remembers whose it is, so that what it calls can be checked where it is called."""
    run, call, request = sfn._execute_task, sfn._call_lambda, sfn._nested_start_execution_request

    def run_of_machine(state_def, raw_input, execution, ctx):
        token = machine.set(machine_arn(execution))
        try:
            return run(state_def, raw_input, execution, ctx)
        finally:
            machine.reset(token)

    def call_allowed(function, event):
        found, config, _ = lambda_svc._get_func_record_for_ref(function)
        demand("lambda:InvokeFunction", config["FunctionArn"] if found and config else function, "Lambda.AWSLambdaException")
        return call(function, event)

    def request_allowed(arguments):
        demand("states:StartExecution", arguments.get("StateMachineArn", ""), "StepFunctions.AccessDeniedException")
        return request(arguments)

    sfn._execute_task = run_of_machine
    sfn._call_lambda = call_allowed
    sfn._nested_start_execution_request = request_allowed


def distributed_maps_ask() -> None:
    """A Distributed Map starts executions of its machine, and reads what it maps over, with the machine's role."""
    run, read = sfn._run_distributed_map, sfn._read_map_items

    def run_allowed(state_def, raw_input, effective, iterator, execution, ctx):
        token = machine.set(machine_arn(execution))
        try:
            demand("states:StartExecution", machine.get(), "States.Runtime")
            return run(state_def, raw_input, effective, iterator, execution, ctx)
        finally:
            machine.reset(token)

    def read_allowed(reader, effective, ctx):
        params = sfn._resolve_params_obj(reader.get("Parameters") or reader.get("Arguments") or {}, effective, ctx)
        if reader.get("Resource", "").endswith("s3:getObject"):
            demand("s3:GetObject", f"arn:aws:s3:::{params.get('Bucket')}/{params.get('Key')}", "States.ItemReaderFailed")
        return read(reader, effective, ctx)

    sfn._run_distributed_map = run_allowed
    sfn._read_map_items = read_allowed


def machine_arn(execution) -> str:
    """The machine of an execution; the children of a Distributed Map are of `MACHINE/LABEL`."""
    return execution["stateMachineArn"].split("/")[0]


def demand(action: str, resource: str, error: str) -> None:
    """Fails the state unless the role of the machine at work allows the action."""
    found = sfn._state_machines.get(machine.get())
    if not app.AUTH or not found:
        return
    role = found["roleArn"]
    account = role.split(":")[4]
    context = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=machine.get().split(":")[3],
    )
    policies = iam_evaluator._gather_role_policies(role.split("/")[-1], account)
    if iam_evaluator.evaluate(context, policies).decision != "Allow":
        raise sfn._ExecutionError(error, f"{role} is not authorized to perform: {action} on resource: {resource}")
