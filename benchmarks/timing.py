"""How benchmarks time a call."""

import time


def quickest(seconds, call):
    """The seconds of the quickest of all calls that fit into `seconds`, and of at least three; the first does not
    count."""
    call()
    best, start, calls = float("inf"), time.perf_counter(), 0
    while calls < 3 or time.perf_counter() - start < seconds:
        one = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - one)
        calls += 1
    return best
