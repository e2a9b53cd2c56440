"""Step Functions: tasks that start another execution and wait for it, and functions that fail while a token is out.

- `states:startExecution.sync` ran the child inside the parent's task: a name that was taken replaced the old execution
  and ran it again, and no status event told of the child. Here it starts as everything else does, and is waited for.
- `lambda:invoke.waitForTaskToken` swallowed an error of the function and waited for the timeout; on AWS it fails the
  task at once.
"""

import json
import threading
import time

from ministack.services import stepfunctions as sfn

POLL_SECONDS = 0.02
# The task token that the function invoked by this thread was given.
waiting = threading.local()


def install() -> None:
    """Patches the integrations `startExecution`, `startExecution.sync` and `lambda:invoke.waitForTaskToken`."""
    sfn._invoke_nested_start_execution = child_start
    sfn._invoke_nested_start_execution_sync = child_run
    function_errors_fail_callbacks()


def child_start(_resource, arguments):
    """Starts the child. A name that is taken fails the task with the error that AWS gives it."""
    status, _, body = sfn._start_execution(sfn._nested_start_execution_request(arguments))
    answer = json.loads(body)
    if status >= 400:
        raise sfn._ExecutionError(f"StepFunctions.{answer['__type']}Exception", answer.get("message", ""))
    return {"ExecutionArn": answer["executionArn"], "StartDate": answer["startDate"]}


def child_run(resource, arguments):
    """Starts the child and waits for its end. `.sync:2` gives its output as JSON, `.sync` as text."""
    arn = child_start(resource, arguments)["ExecutionArn"]
    while sfn._executions[arn]["status"] == "RUNNING":
        time.sleep(POLL_SECONDS)
    child = json.loads(sfn._describe_execution({"executionArn": arn})[2])
    if child["status"] != "SUCCEEDED":
        # The service reports a failed child this way, with all that is known of it as the cause.
        raise sfn._ExecutionError("States.TaskFailed", json.dumps({key[0].upper() + key[1:]: child[key] for key in child}))
    if resource.endswith(".sync:2"):
        child |= {key: json.loads(child[key]) for key in ("input", "output") if child.get(key)}
    return {key[0].upper() + key[1:]: value for key, value in child.items()}


def function_errors_fail_callbacks() -> None:
    """Hands an error of the invoked function to whoever waits for its token, unless the token was answered before."""
    invoke_and_wait = sfn._invoke_with_callback
    call = sfn._call_lambda

    def invoke_remembering_token(resource, input_data, token, state_def):
        waiting.token = token
        try:
            return invoke_and_wait(resource, input_data, token, state_def)
        finally:
            waiting.token = None

    def call_failing_token(*args, **kwargs):
        try:
            return call(*args, **kwargs)
        except sfn._ExecutionError as error:
            task = sfn._task_tokens.get(getattr(waiting, "token", None))
            if task and not task["event"].is_set():
                task["error"] = {"Error": error.error, "Cause": error.cause}
                task["event"].set()
            raise

    sfn._invoke_with_callback = invoke_remembering_token
    sfn._call_lambda = call_failing_token
