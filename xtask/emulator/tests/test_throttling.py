"""An account gets the rate of calls that the file gives it, and others are left alone."""

from gapfill import throttling

ACCOUNT, OTHER = "111111111111", "222222222222"


def test_an_account_has_its_rate_and_others_have_none(tmp_path):
    now = [0.0]
    limits = throttling.Limits(tmp_path / throttling.FILE, lambda: now[0])
    assert all(limits.admits(ACCOUNT) for _ in range(100)), "without the file nobody has a limit"

    limits.path.write_text(f'{{"{ACCOUNT}": 2}}')
    assert [limits.admits(ACCOUNT) for _ in range(4)] == [True, True, False, False]
    assert all(limits.admits(OTHER) for _ in range(100))
    now[0] = 0.5
    assert [limits.admits(ACCOUNT) for _ in range(2)] == [True, False]
    now[0] = 60.0
    assert [limits.admits(ACCOUNT) for _ in range(3)] == [True, True, False], "calls are not saved up"

    limits.path.write_text("{")
    assert not limits.admits(ACCOUNT), "what is half written doesn't count yet"
    limits.path.unlink()
    assert limits.admits(ACCOUNT)


def test_a_rate_below_one_admits_single_calls(tmp_path):
    now = [0.0]
    limits = throttling.Limits(tmp_path / throttling.FILE, lambda: now[0])
    limits.path.write_text(f'{{"{ACCOUNT}": 0.5}}')
    admitted = []
    for now[0] in (0.0, 1.0, 2.0, 3.0, 4.0):
        admitted.append(limits.admits(ACCOUNT))
    assert admitted == [True, False, True, False, True]


def test_the_refusal_is_that_of_aws(tmp_path):
    limits = throttling.Limits(tmp_path / throttling.FILE)
    handler = throttling.limited(lambda params: (200, {}, params), limits)
    assert handler("asked") == (200, {}, "asked")
    limits.path.write_text('{"000000000000": 0}')
    refused = [handler("asked") for _ in range(2)][1]
    assert refused[0] == 400 and b"<Code>Throttling</Code>" in refused[2]
