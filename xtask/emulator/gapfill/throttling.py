"""CloudFormation's rate limits, for tests: an account can be given one while the emulator runs.

AWS limits the calls of each account in each region and answers `Throttling` above. MiniStack knows no limits. Here a file
beside the emulator's state gives accounts theirs, as `{"<account>": <calls per second>}`; without it nobody has one.
"""

import json
import threading
import time
from pathlib import Path

from ministack.core.responses import get_account_id
from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _error

FILE = "throttling.json"


class Limits:
    """The calls that each account has left: a bucket of one second's calls, refilled as time goes by."""

    def __init__(self, path: Path, now=time.monotonic) -> None:
        self.path, self.now = path, now
        self.lock = threading.Lock()
        self.changed, self.rates, self.buckets = None, {}, {}

    def admits(self, account: str) -> bool:
        """Whether the account may make one more call now; counts it."""
        with self.lock:
            self.read()
            rate = self.rates.get(account)
            if rate is None:
                return True
            now, most = self.now(), max(1.0, rate)
            left, since = self.buckets.get(account, (most, now))
            left = min(most, left + (now - since) * rate)
            admitted = left >= 1
            self.buckets[account] = (left - admitted, now)
            return admitted

    def read(self) -> None:
        """Takes over the file when it changed. One that is half written is read at the next call."""
        try:
            changed = self.path.stat().st_mtime_ns
            if changed != self.changed:
                self.rates = {account: float(rate) for account, rate in json.loads(self.path.read_text()).items()}
                self.changed, self.buckets = changed, {}
        except FileNotFoundError:
            self.changed, self.rates = None, {}
        except ValueError:
            pass


def install(directory: Path) -> None:
    """Lets every operation of CloudFormation ask the limits of the caller's account first."""
    limits = Limits(directory / FILE)
    for action, handler in handlers._ACTION_HANDLERS.items():
        handlers._ACTION_HANDLERS[action] = limited(handler, limits)


def limited(handler, limits: Limits):
    """The handler, with the refusal of AWS above the limit."""

    def limit(params):
        return handler(params) if limits.admits(get_account_id()) else _error("Throttling", "Rate exceeded")

    return limit
