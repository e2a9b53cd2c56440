"""DescribeLogGroups and DescribeLogStreams while functions write.

MiniStack walks the streams of a group and their events where functions that run at the same time add to them, and answers
InternalError when they do ("dictionary changed size during iteration"). A read changes nothing, so it is made again.
"""

from ministack.services import cloudwatch_logs

READS = ("_describe_log_groups", "_describe_log_streams", "_filter_log_events")
# A walk is thousands of times shorter than the time between two new streams; more than a few in a row is another defect.
ATTEMPTS = 20


def install() -> None:
    """Puts a repeating one in the place of each read."""
    for name in READS:
        setattr(cloudwatch_logs, name, repeated(getattr(cloudwatch_logs, name)))


def repeated(read):
    """The read, made again when what it walks over grew meanwhile."""

    def repeat(request):
        for _ in range(ATTEMPTS - 1):
            try:
                return read(request)
            except RuntimeError as error:
                if "during iteration" not in str(error):
                    raise
        return read(request)

    return repeat
