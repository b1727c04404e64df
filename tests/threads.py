"""Tests of what happens at once: commits that other connections see, and jobs that start together."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection

# All apps by name, so that PostgreSQL empties the tables with CASCADE.
commits = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)


def all_at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run the jobs in threads that start together, each on its own connection; what each returned or raised."""
    barrier = Barrier(len(jobs))
    outcomes: list[object] = []

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            outcomes.append(job())
        except Exception as error:  # noqa: BLE001 - the test looks at what was raised
            outcomes.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(outcomes) == len(jobs)
    return outcomes
