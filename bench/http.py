"""The rounds of service and floor, interleaved, so that a noisy neighbour meets both."""

import asyncio
import pickle
import statistics
from contextlib import ExitStack

from bench import capture, load, report
from bench.cases import CASES, Case
from bench.effort import Effort, percentile
from bench.load import Load
from bench.partnership import Partnership, await_port, free_port, process


def measure(partnership: Partnership, families: int, effort: Effort) -> list[report.Row]:
    """Every case, by the real API in a process and its floor in another."""
    recordings = partnership.home / "recordings"
    url, port = partnership.urls["doorstep_api"], free_port()
    found = asyncio.run(
        capture.record(partnership.settings, url, partnership.agencies, partnership.epoch, families)
    )
    recordings.write_bytes(pickle.dumps((partnership.agencies, found)))
    counts = {each.name: len(each.statements) for each in found}
    environment, log = partnership.environment, partnership.home / "bench.log"
    floor = ["-m", "bench.floor", url, str(recordings), str(port)]
    with ExitStack() as running:
        running.enter_context(process(["-m", "api", "serve"], environment, log))
        running.enter_context(process(floor, environment, log))
        ports = (partnership.settings.port, port)
        for each in ports:
            await_port(each)
        return [
            _measure_case(partnership, case, families, effort, ports, counts[case.name])
            for case in CASES
        ]


def _measure_case(
    partnership: Partnership,
    case: Case,
    families: int,
    effort: Effort,
    ports: tuple[int, int],
    statements: int,
) -> report.Row:
    print(f"{families:,} families: {case.title} …", flush=True)
    loads = asyncio.run(_rounds(partnership, case, families, effort, ports))
    service, floor = ([pair[side].per_second for pair in loads] for side in (0, 1))
    latencies = sorted(each for pair in loads for each in pair[0].latencies)
    return report.Row(
        families=families,
        work=case.title,
        service=statistics.median(service),
        floor=statistics.median(floor),
        goal=case.goal,
        p50_ms=percentile(latencies, 0.5) * 1000,
        p99_ms=percentile(latencies, 0.99) * 1000,
        statements=str(statements),
        refused=sum(sum(pair[0].refused.values()) for pair in loads),
    )


async def _rounds(
    partnership: Partnership, case: Case, families: int, effort: Effort, ports: tuple[int, int]
) -> list[tuple[Load, Load]]:
    tokens = await partnership.tokens(of_chairs=case.by_chair)
    found = []
    for number in range(effort.rounds + 1):
        seconds = effort.seconds if number else min(effort.seconds, 0.5)
        service, floor = [
            await load.measure(
                port,
                case.requests(tokens, families, partnership.epoch),
                connections=effort.connections,
                seconds=seconds,
            )
            for port in ports
        ]
        found.append((service, floor))
    return found[1:]  # the first was for warming up
