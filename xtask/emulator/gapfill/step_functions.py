"""Step Functions: CloudFormation task integrations, JSONata in Distributed Map, StartExecution idempotent by name."""

from ministack.services import stepfunctions as sfn

# Marks an ItemSelector that is to be evaluated as JSONata; JSONPath selectors go the emulator's own way.
JSONATA = "__jsonata__"
INPUT = "__input__"
NUMBERS = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")


def install() -> None:
    """Patches the integrations, the Distributed Map and StartExecution."""
    cloudformation_tasks_add()
    distributed_map_with_jsonata()
    start_execution_idempotent()


def cloudformation_tasks_add() -> None:
    """`arn:aws:states:::aws-sdk:cloudformation:*`, whose errors are called CloudFormation.CloudFormationException."""
    sfn._AWS_SDK_SERVICE_MAP["cloudformation"] = {"protocol": "query"}
    sfn._AWS_SDK_ERROR_PREFIX["cloudformation"] = "CloudFormation"
    invoke = sfn._invoke_aws_sdk_integration

    def invoke_with_error_names(resource, input_data):
        try:
            return invoke(resource, input_data)
        except sfn._ExecutionError as error:
            if "cloudformation" in resource and "<Message>" in str(error.cause):
                error.error = "CloudFormation.CloudFormationException"
                error.cause = error.cause.partition("<Message>")[2].partition("</Message>")[0]
            raise

    sfn._invoke_aws_sdk_integration = invoke_with_error_names


def distributed_map_with_jsonata() -> None:
    """The JSONata fields of a Distributed Map: Items, ItemSelector, ItemReader.Arguments, Output, Assign, numbers."""
    run = sfn._run_distributed_map
    resolve = sfn._resolve_params_obj

    def run_any(state_def, raw_input, effective, iterator, execution, ctx):
        if sfn._state_query_language(state_def, ctx) != "JSONata":
            return run(state_def, raw_input, effective, iterator, execution, ctx)
        state, items = state_evaluated(state_def, raw_input, effective, ctx)
        result, _ = run(state, raw_input, items, iterator, execution, ctx)
        output = sfn._apply_jsonata_output(state_def, raw_input, ctx, result=result, default=result)
        sfn._apply_state_assign(state_def, raw_input, ctx, result=result)
        return output, sfn._next_or_end(state_def)

    def resolve_any(template, data, ctx=None):
        if isinstance(template, dict) and JSONATA in template:
            return sfn._apply_jsonata_template(template[JSONATA], template[INPUT], ctx)
        return resolve(template, data, ctx)

    sfn._run_distributed_map = run_any
    sfn._resolve_params_obj = resolve_any


def state_evaluated(state_def, raw_input, effective, ctx):
    """The state as the JSONPath runner understands it, and its items, with all JSONata expressions evaluated."""

    def evaluated(template):
        return sfn._apply_jsonata_template(template, raw_input, ctx)

    state = {key: value for key, value in state_def.items() if key not in ("Output", "Assign")}
    items = effective
    state |= {field: evaluated(state[field]) for field in NUMBERS if field in state}
    if "ItemReader" in state:
        reader = dict(state["ItemReader"])
        reader["Parameters"] = evaluated(reader.pop("Arguments", {}))
        state["ItemReader"] = reader
    elif "Items" in state:
        items = evaluated(state["Items"])
        state["ItemsPath"] = "$"
    if "ItemSelector" in state:
        state["ItemSelector"] = {JSONATA: state["ItemSelector"], INPUT: raw_input}
    return state, items


def start_execution_idempotent() -> None:
    """Starting a running execution again, with the same name and input, answers as the first start did."""
    start = sfn._start_execution

    def start_once(data, *args, **kwargs):
        arn, name = data.get("stateMachineArn", ""), data.get("name")
        running = name and sfn._executions.get(arn.replace(":stateMachine:", ":execution:") + ":" + name)
        if running and running["status"] == "RUNNING" and running["input"] == data.get("input", "{}"):
            return sfn.json_response({"executionArn": running["executionArn"], "startDate": running["startDate"]})
        return start(data, *args, **kwargs)

    sfn._start_execution = start_once
