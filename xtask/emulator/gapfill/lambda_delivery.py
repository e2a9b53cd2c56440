"""Lambda: what a function failed to handle is delivered again, and ends in dead letters.

- Events of EventBridge rules were delivered once, whatever became of them. On AWS, and here with the filler, they go
  through the function's asynchronous queue: retries and the failure destination of its EventInvokeConfig.
- A function may report single records of a stream as failed (ReportBatchItemFailures). The report was ignored for
  tables, so such records were lost. Here the whole batch comes again, which AWS may do as well.
- A table's stream doesn't survive a restart of the emulator, but how far its consumers had read was remembered. They
  took the new stream for read until it was as long as the old one had been.
"""

import json

from ministack.services import eventbridge, lambda_svc


def install() -> None:
    """Patches the Lambda targets of rules, the batches of table streams, and where reading begins after a restart."""
    eventbridge._dispatch_to_lambda = dispatch
    reported_failures_fail_the_batch()
    new_streams_are_unread()


def dispatch(arn, payload) -> None:
    """Hands an event to a function's asynchronous queue."""
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function and config:
        record = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))


def reported_failures_fail_the_batch() -> None:
    """A batch of a table's stream counts as failed when the function reports one of its records."""
    execute = lambda_svc._execute_function

    def execute_reading_reports(function, event, *args, **kwargs):
        result = execute(function, event, *args, **kwargs)
        body = result.get("body")
        failures = body.get("batchItemFailures") if isinstance(body, dict) else None
        if failures and event["Records"][0].get("eventSource") == "aws:dynamodb":
            message = f"{len(failures)} of {len(event['Records'])} records failed"
            return result | {"error": True, "body": {"errorType": "BatchItemFailures", "errorMessage": message}}
        return result

    lambda_svc._execute_function = execute_reading_reports


def new_streams_are_unread() -> None:
    """After a restart every consumer reads its table's stream from the beginning, which is new."""
    restore = lambda_svc._restore_esm_positions

    def restore_positions(store, positions):
        restore(store, positions)
        if store is lambda_svc._dynamodb_stream_positions:
            for consumer in store._data:
                store._data[consumer] = 0

    lambda_svc._restore_esm_positions = restore_positions
