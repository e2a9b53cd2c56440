#!/usr/bin/env python3
"""Starts the local AWS: MiniStack, with the gaps filled that Protium's own artefacts need.

MiniStack runs `provided.al2023` bootstraps as plain processes, so the Lambdas, the state machines and the
CloudFormation template that run here are the ones that run on AWS. Where it falls short of AWS, a module of the
package `gapfill` fills the gap from outside, one module per service; each says what it adds and why.

Configuration is the environment that MiniStack documents (GATEWAY_PORT, STATE_DIR, AUTH, ...) plus the arguments
below. The functions inherit this process's environment, so whoever starts it hands over a clean one; `cargo xtask up`
does.
"""

import argparse
import os
import sys
from importlib import metadata
from pathlib import Path

# The gap fillers reach into private functions: exactly these versions were tested.
REQUIRED = {"ministack": "1.5.33", "aws-sam-translator": "1.115.0", "cfn-lint": "1.58.0"}
# Exit codes that `cargo xtask` turns into advice (sysexits.h: EX_CONFIG, EX_UNAVAILABLE).
WRONG_VERSION = 78
ALREADY_RUNNING = 69
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def main() -> None:
    """Checks the surroundings, fills the gaps, serves until SIGTERM."""
    args = arguments()
    refuse_other_versions()
    if os.environ.get("BIND_HOST") not in LOOPBACK:
        stop(WRONG_VERSION, "BIND_HOST must name the loopback interface: the emulator trusts everybody who reaches it")

    from gapfill import lifecycle

    # Held until the process ends, however it ends: the proof of life that can't be left behind by a crash.
    lock = lifecycle.lock_hold(args.lock_file)
    if lock is None:
        stop(ALREADY_RUNNING, f"another emulator serves this state (it holds {args.lock_file})")

    from gapfill import (
        change_sets,
        conditions,
        event_buses,
        iam,
        lambda_delivery,
        latency,
        log_groups,
        log_targets,
        machine_roles,
        object_versions,
        resource_types,
        stack_cancellation,
        stack_events,
        step_functions,
        throttling,
        workflow_tasks,
    )

    for filler in (
        change_sets,
        conditions,
        event_buses,
        iam,
        lambda_delivery,
        latency,
        log_groups,
        log_targets,
        machine_roles,
        object_versions,
        resource_types,
        stack_cancellation,
        stack_events,
        step_functions,
        workflow_tasks,
    ):
        filler.install()
    throttling.install(args.lock_file.parent)
    if os.environ.get("PERSIST_STATE") == "1":
        lifecycle.save_periodically(args.save_every)
    if args.with_parent:
        lifecycle.stop_with_parent()

    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


def arguments() -> argparse.Namespace:
    """The launcher's own arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock-file", type=Path, required=True, help="held while the emulator lives; contains its pid")
    parser.add_argument("--save-every", type=float, default=5.0, metavar="SECONDS", help="how often state is saved")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    return parser.parse_args()


def refuse_other_versions() -> None:
    """Ends the process when an installed package isn't the one the gap fillers were written for."""
    for package, wanted in REQUIRED.items():
        try:
            found = metadata.version(package)
        except metadata.PackageNotFoundError:
            found = "none"
        if found != wanted:
            stop(WRONG_VERSION, f"{package} {wanted} is needed, {found} is installed")


def stop(code: int, message: str) -> None:
    """Ends the process with one line on stderr."""
    print(f"launcher: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
