"""Two web servers of one site share their rate counters."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from feeds import supervisor
from tests.feeds.instance import Instance, wait_for
from tests.servers import free_port

LIMIT, REQUESTS, AT_ONCE = 20, 90, 6
MAKE_ADA = """
from accounts.models import AuthToken, User
print(AuthToken.issue(User.objects.create_user("ada@example.org"), "test", "read", None)[1])
"""

pytestmark = pytest.mark.processes


@contextmanager
def server(site: Instance) -> Iterator[str]:
    """One web server of this site; yields its URL."""
    port = free_port()
    process = site.start(*supervisor.web("127.0.0.1", port))
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}/api/v1/days/"), 180, "the web server")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):  # a busy machine accepts before it answers
        return False


@pytest.fixture
def site(tmp_path):
    instance = Instance(tmp_path)
    instance.env["PAPERBOY_RATE_READ"] = str(LIMIT)
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable", "-v", "0")
    return instance


def test_two_servers_share_one_rate_limit(site):
    headers = {"Authorization": f"Bearer {site.shell(MAKE_ADA)}"}
    with server(site) as one, server(site) as other, ThreadPoolExecutor(AT_ONCE) as clients:
        addresses = [f"{one}/api/v1/me/", f"{other}/api/v1/me/"] * (REQUESTS // 2)
        answers = list(clients.map(lambda address: requests.get(address, headers=headers, timeout=180), addresses))
    assert Counter(answer.status_code for answer in answers) == {200: LIMIT, 429: REQUESTS - LIMIT}
    passed = {answer.headers["RateLimit"].split(";")[1] for answer in answers if answer.ok}
    assert passed == {f"r={left}" for left in range(LIMIT)}
