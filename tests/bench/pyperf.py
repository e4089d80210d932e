"""What pyperformance's programs import as pyperf: their functions are timed in this very process.

Prints for each benchmark "name first steady": seconds of the first call, and the median of the calls in the second half of
$BENCH_SECONDS.
"""
import argparse
import asyncio
import os
import statistics
import sys
from time import perf_counter


def python_implementation():
    return sys.implementation.name


def python_has_jit():
    return False


class Runner:
    def __init__(self, add_cmdline_args=None, **settings):
        self.argparser = argparse.ArgumentParser()
        self.metadata = {}
        self.args = None

    def parse_args(self, args=None):
        self.args = self.args or self.argparser.parse_args(args)
        return self.args

    def bench_time_func(self, name, function, *args, inner_loops=1, **settings):
        self.parse_args()
        first = function(1, *args)
        end = perf_counter() + float(os.environ.get("BENCH_SECONDS", "2"))
        times, loops = [], 1
        while len(times) < 3 or perf_counter() < end:
            seconds = function(loops, *args)
            times.append(seconds / loops)
            if seconds < 0.01:
                loops *= 2
        steady = statistics.median_high(times[len(times) // 2:])
        print(name.replace(" ", "_"), first / inner_loops, steady / inner_loops, flush=True)

    def bench_func(self, name, function, *args, inner_loops=1, **settings):
        def repeat(loops):
            start = perf_counter()
            for _ in range(loops):
                function(*args)
            return perf_counter() - start
        self.bench_time_func(name, repeat, inner_loops=inner_loops)

    def bench_async_func(self, name, function, *args, inner_loops=1, loop_factory=None, **settings):
        async def repeat(loops):
            start = perf_counter()
            for _ in range(loops):
                await function(*args)
            return perf_counter() - start

        def run(loops):
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                return runner.run(repeat(loops))
        self.bench_time_func(name, run, inner_loops=inner_loops)
