"""F20, F22: the database crashes, or is not there at the start, and Redis goes, too.

Pages come back by themselves and none is a 500; what a program sends until it is answered is done exactly once.
"""

from __future__ import annotations

import time
from typing import Any

from tests.faults.crew import crew_of, pause, wait_for
from tests.faults.own_redis import OwnRedis
from tests.faults.own_servers import OwnServer
from tests.faults.own_sites import OwnSite, manage
from tests.faults.web_server import Readers, WebServer, serving
from tests.faults.writers import Writers

READERS = 4
WRITERS = 4
PAGE = "/explore/"
LIST = "/api/analyses"


def test_f20_a_crash_of_the_database_costs_no_reader_a_500(
    server: OwnServer,
    site: OwnSite,
    is_full: bool,
    figures: Any,
) -> None:
    crashes = 10 if is_full else 1
    backs = []
    with serving(site.environment, log=site.log) as web:
        assert web.get(PAGE, session=site.session).status_code == 200
        with Readers(web, PAGE, session=site.session, count=READERS, pause_seconds=0.1) as readers:
            for _ in range(crashes):
                pause(1)
                server.crash()
                server.start()
                started = time.monotonic()
                wait_for(lambda: web.get(PAGE, session=site.session).status_code == 200, seconds=10)
                backs.append(time.monotonic() - started)
            pause(1)

    statuses = readers.statuses()
    figures(
        crashes=crashes,
        pages=len(statuses),
        refused=statuses.count(503),
        slowest_page=f"{max(readers.seconds):.1f} s",
        slowest_return=f"{max(backs):.1f} s",
    )
    assert set(statuses) <= {200, 503}
    assert statuses[-READERS:] == [200] * READERS
    assert all(one.headers["Retry-After"] == "2" for one in readers.answers if one.status_code == 503)
    assert max(backs) < 5


def test_f20_a_crash_of_the_database_loses_no_write_and_does_none_twice(
    inside: tuple[OwnServer, OwnSite], is_full: bool, figures: Any
) -> None:
    server, site = inside
    crashes = 10 if is_full else 2
    with serving(site.environment, log=site.log) as web:
        with Writers(web, token=site.token, count=WRITERS, pause_seconds=0.05) as writers:
            for _ in range(crashes):
                pause(1)
                server.crash()
                server.start()
            pause(1)
        writers.check_done_once(web)
    manage(site.environment, "check_data")

    statuses = writers.statuses()
    again = sum(write.statuses[0] not in {200, 201} for write in writers.writes)
    figures(crashes=crashes, writes=len(writers.writes), refused=statuses.count(503), **{"sent again": again})
    assert set(statuses) <= {200, 201, 503}


def test_redis_and_then_the_database_stop_and_all_comes_back_by_itself(
    inside: tuple[OwnServer, OwnSite], own_redis: OwnRedis, is_full: bool, figures: Any
) -> None:
    server, site = inside
    away_seconds = 10 if is_full else 2
    environment = site.environment | {"REDIS_URL": own_redis.url, "LEASE_SECONDS": "2"}
    with (
        crew_of(environment) as crew,
        serving(environment, log=site.log) as web,
        Readers(web, PAGE, session=site.session, count=2, pause_seconds=0.1) as pages,
        Readers(web, LIST, token=site.token, count=2, pause_seconds=0.1) as lists,
        Writers(web, token=site.token, count=2, pause_seconds=0.1) as writers,
    ):
        worker = crew.hire()
        worker.wait_until_ready()
        assert health(web) == (200, {"database": True, "cache": True})
        pause(1)

        own_redis.kill()
        wait_for(lambda: health(web) == (200, {"database": True, "cache": False}))
        before = len(pages.answers), len(lists.answers), len(writers.statuses())
        pause(away_seconds)
        assert web.get("/readyz").status_code == 200
        assert set(pages.statuses()) == set(lists.statuses()) == {200}
        assert set(writers.statuses()) == {201}, "Redis is needed for nothing"
        assert len(pages.answers) > before[0] and len(lists.answers) > before[1]  # noqa: PT018
        assert len(writers.statuses()) > before[2]

        server.crash()
        wait_for(lambda: web.get("/readyz").status_code == 503)
        assert web.get("/readyz").json() == {"ready": False, "missing": ["database"]}
        assert web.get("/livez").status_code == 200
        pause(away_seconds)
        page, answer = web.get(PAGE, session=site.session), web.get(LIST, token=site.token)
        assert (page.status_code, answer.status_code) == (503, 503)
        for said in (page.text, answer.json()["detail"]):
            assert (
                "The database cannot be reached; nothing" in said
                or "connection to the database broke" in said
            )

        server.start()
        started = time.monotonic()
        wait_for(lambda: web.get("/readyz").status_code == 200)
        back = time.monotonic() - started
        own_redis.start()
        wait_for(lambda: health(web) == (200, {"database": True, "cache": True}), seconds=60)
        pause(1)

    # Nobody was started anew: the same processes do what is left.
    with serving(environment, log=site.log) as web:
        writers.check_done_once(web)
    manage(site.environment, "check_data")
    figures(
        writes=len(writers.writes),
        pages=len(pages.answers),
        answers=len(lists.answers),
        refused=(*pages.statuses(), *lists.statuses(), *writers.statuses()).count(503),
        back_after=f"{back:.1f} s",
    )
    assert set(pages.statuses()) == set(lists.statuses()) == {200, 503}
    assert set(writers.statuses()) == {201, 503}
    assert [*pages.statuses()[-2:], *lists.statuses()[-2:]] == [200] * 4


def health(web: WebServer) -> tuple[int, dict[str, bool]]:
    """Give what /health says of database and cache."""
    response = web.get("/health")
    content = response.json()
    return response.status_code, {name: content[name] for name in ("database", "cache")}


def test_f22_a_site_started_before_its_database_recovers_by_itself(
    server: OwnServer,
    site: OwnSite,
    is_full: bool,
    figures: Any,
) -> None:
    away_seconds = 20 if is_full else 4
    server.crash()
    with serving(site.environment, log=site.log) as web:
        until = time.monotonic() + away_seconds
        refused = []
        while time.monotonic() < until:
            refused.append(web.get(PAGE, session=site.session))
        server.start()
        started = time.monotonic()
        wait_for(lambda: web.get(PAGE, session=site.session).status_code == 200, seconds=10)
        back = time.monotonic() - started

    figures(away=f"{away_seconds} s", refused=len(refused), back_after=f"{back:.1f} s")
    assert {one.status_code for one in refused} == {503}
    assert all(one.headers["Retry-After"] == "2" for one in refused)
    assert all("Reload this page in a few seconds" in one.text for one in refused)
    assert back < 5
