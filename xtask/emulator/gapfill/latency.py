"""Two waits of the Lambda runtime that AWS doesn't have."""

import socketserver

from ministack.core import lambda_runtime

# How long the emulator waits for a function's first log line after each invocation, and for quiet after one.
FIRST_LINE_SECONDS = 0.003
QUIET_SECONDS = 0.002


def install() -> None:
    """Removes a 40 ms delayed ACK per Runtime API hop and a 50 ms wait for logs per invocation."""
    # The Runtime API answers headers and body in two writes; with Nagle's algorithm the second waits for an ACK.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    for worker in vars(lambda_runtime).values():
        if isinstance(worker, type) and "_drain_stderr_bounded" in vars(worker):
            worker._drain_stderr_bounded = hurried(worker._drain_stderr_bounded)


def hurried(drain):
    """The same drain with shorter waits, where the caller doesn't ask for others."""

    def drain_hurried(self, first_line_wait=FIRST_LINE_SECONDS, idle_confirm=QUIET_SECONDS, hard_cap=0.250):
        return drain(self, first_line_wait, idle_confirm, hard_cap)

    return drain_hurried
