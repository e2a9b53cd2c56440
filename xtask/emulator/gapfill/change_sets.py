"""Change sets of stacks that are named by ARN, which MiniStack only deletes.

AWS takes a stack's name or its ARN wherever a stack is named. MiniStack compares what it is given with the name, so a
change set that was created by ARN is never found again and can be created any number of times.
"""

from ministack.services.cloudformation import handlers

ACTIONS = ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "ListChangeSets")
STACK_NAME = "StackName"


def install() -> None:
    """Lets the operations on change sets take ARNs of stacks."""
    for action in ACTIONS:
        handlers._ACTION_HANDLERS[action] = by_name(handlers._ACTION_HANDLERS[action])


def by_name(handler):
    """The handler, given the stack's name where a live stack's ARN came."""

    def named(params):
        given = handlers._p(params, STACK_NAME)
        stack = handlers._resolve_stack(given) if given.startswith("arn:") else None
        if stack and stack.get("StackStatus") != "DELETE_COMPLETE":
            params = {**params, STACK_NAME: [stack[STACK_NAME]]}
        return handler(params)

    return named
