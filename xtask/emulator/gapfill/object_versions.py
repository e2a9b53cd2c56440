"""S3: events of versioned buckets name the version of the object.

MiniStack knows the version when it makes the event, and leaves it out of what EventBridge gets. Without it two uploads
under the same key can't be told apart.
"""

import json
from contextvars import ContextVar

from ministack.services import eventbridge, s3

version_at_hand: ContextVar[str | None] = ContextVar("version_at_hand", default=None)


def install() -> None:
    """Patches the making and the dispatching of events."""
    fire = s3._fire_s3_event
    dispatch = eventbridge._dispatch_event

    def fire_remembering_version(*args, **kwargs):
        token = version_at_hand.set(kwargs.get("version_id"))
        try:
            return fire(*args, **kwargs)
        finally:
            version_at_hand.reset(token)

    def dispatch_with_version(event, *args, **kwargs):
        version = version_at_hand.get()
        if version and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = event | {"Detail": json.dumps(detail)}
        return dispatch(event, *args, **kwargs)

    s3._fire_s3_event = fire_remembering_version
    eventbridge._dispatch_event = dispatch_with_version
