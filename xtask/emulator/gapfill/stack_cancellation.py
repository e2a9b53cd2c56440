"""CancelUpdateStack ends what is being waited for, which MiniStack does only before it takes up the next resource.

On AWS a cancelled update stops the resources that are in progress. Here the only resource that takes long is a wait
condition; without this one that nobody signals would hold up its own cancellation until it times out.
"""

from ministack.services.cloudformation import handlers, wait_conditions

ACTION = "CancelUpdateStack"
SIGNAL = {"Status": "FAILURE", "UniqueId": "cancelled", "Reason": "Resource update cancelled", "Data": ""}


def install() -> None:
    """Lets the wait conditions of a cancelled stack fail."""
    cancel = handlers._ACTION_HANDLERS[ACTION]

    def cancel_and_end_waits(params):
        answer = cancel(params)
        if answer[0] == 200:
            end_waits(handlers._resolve_stack(handlers._p(params, "StackName"))["StackId"])
        return answer

    handlers._ACTION_HANDLERS[ACTION] = cancel_and_end_waits


def end_waits(stack_id: str) -> None:
    """Signals failure to every wait condition that the stack waits for."""
    with wait_conditions._lock:
        tokens = [waiter["token"] for (stack, _), waiter in wait_conditions._waiting.items() if stack == stack_id]
    for token in tokens:
        wait_conditions.deliver_signal(token, SIGNAL)
