"""What is read of the logs while functions write is read again, and nothing else is."""

import pytest
from gapfill import log_groups


def test_a_read_is_repeated_when_what_it_walks_over_grows():
    streams, grows = {"first": 1}, [True, True]

    def read(request):
        for name in streams:
            if grows:
                grows.pop()
                streams[f"{name}-{len(grows)}"] = 1
        return request, len(streams)

    assert log_groups.repeated(read)("request") == ("request", 3)


def test_other_failures_and_endless_growth_are_told():
    calls = []

    def broken(message):
        calls.append(message)
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        log_groups.repeated(broken)("another")
    assert len(calls) == 1
    with pytest.raises(RuntimeError):
        log_groups.repeated(broken)("dictionary changed size during iteration")
    assert len(calls) == 1 + log_groups.ATTEMPTS
