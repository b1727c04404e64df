"""Dates in addresses: ASCII digits only, and a 404 for anything else."""

import pytest
from django.urls import Resolver404, resolve

from tests.recommender.planted import a_paper

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
ADDRESSES = [
    "/day/2026-11-02/", "/week/2026-W45/", "/month/2026-11/", "/api/v1/days/2026-11-02/", "/api/v1/weeks/2026-W45/",
    "/api/v1/months/2026-11/", "/papers/2611.00001/", "/api/v1/papers/2611.00001/",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_digits_of_other_scripts_lead_nowhere(client, db, address):
    """`int` and `\\d` read full-width digits: 2026-W45 in them would be a second address of the same week."""
    a_paper("2611.00001")
    assert client.get(address).status_code == 200
    assert client.get(address.translate(WIDE)).status_code == 404


@pytest.mark.parametrize("week", ["2026-W00", "2026-W54", "2025-W53", "9999-W53", "0000-W01", "2026-w45"])
def test_weeks_that_do_not_exist_lead_nowhere(week):
    with pytest.raises(Resolver404):
        resolve(f"/week/{week}/")
