"""No request tells one framework from another: the differential fuzzer, between all templates, and with differences planted."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import matrix
import planted
import pytest
import services
from differential.cli import fuzz
from differential.figures import Disagreement, Figures
from differential.report import disagreement_text
from differential.run import Run
from differential.wire import Peer

SEED = 20_261_120
SETTINGS = {"CORS_ALLOWED_ORIGINS": "https://app.example.com,http://localhost:3000", "LOG_LEVEL": "warning"}
# How many well-framed and malformed requests each service gets; SQLite's run is the one that CI has to make.
REQUESTS = {"sqlite": (20_000, 1_000), "postgresql": (3_000, 0), "mysql": (3_000, 0), "memory": (3_000, 300)}
PLANT_REQUESTS = (3_000, 500)


def compare(peers: list[Peer], requests: int, malformed: int) -> tuple[Figures, str]:
    found: list[Disagreement] = []
    figures = asyncio.run(fuzz(peers, SEED, requests, malformed, found))
    return figures, "\n\n".join(disagreement_text(one, SEED) for one in found[:20])


@pytest.mark.parametrize("database", matrix.options()["database"])
def test_the_services_agree(
    database: str, projects: services.Projects, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with ExitStack() as stack:
        peers = []
        for template in matrix.options()["template"]:
            project = projects.get(template, database)
            directory = tmp_path / template
            directory.mkdir()
            store = stack.enter_context(services.fresh_store(database, directory))
            service = stack.enter_context(services.running(project, store | SETTINGS))
            peers.append(Peer(template, services.HOST, service.port))
        figures, disagreements = compare(peers, *REQUESTS[database])
    record_property("requests sent to every framework at once", figures.total)
    record_property("disagreements between frameworks", figures.disagreements.total())
    assert not figures.disagreements, disagreements
    assert figures.total == sum(REQUESTS[database])


async def first_disagreement(one: services.Service, port: int, requests: int, malformed: int) -> Disagreement | None:
    found: list[Disagreement] = []
    run = Run([Peer("as it is", services.HOST, one.port), Peer("planted", services.HOST, port)], SEED, found.append)
    await run.check_empty()
    try:
        for number in range(1, requests + malformed + 1):
            await run.play(number, requests)
            if found:
                break
    finally:
        run.close()
    return found[0] if found else None


@pytest.mark.parametrize("plant", planted.PLANTS, ids=lambda plant: plant.fault)
def test_a_planted_difference_is_found(plant: planted.Plant, projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory")
    with (
        services.running(project, SETTINGS) as one,
        services.running(project, SETTINGS) as other,
        planted.proxy(other.port, plant) as port,
    ):
        assert asyncio.run(first_disagreement(one, port, *PLANT_REQUESTS))


def test_without_a_plant_there_is_none(projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory")
    with (
        services.running(project, SETTINGS) as one,
        services.running(project, SETTINGS) as other,
        planted.proxy(other.port, None) as port,
    ):
        found = asyncio.run(first_disagreement(one, port, 1_000, 0))
    assert found is None, found and disagreement_text(found, SEED)
