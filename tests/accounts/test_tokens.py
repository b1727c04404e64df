"""Giving out tokens."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import tokens
from accounts.models import AuthToken

DAY = timedelta(days=1)


def token_ending(reader, expires_at):
    return AuthToken.issue(reader, "asking", "write", expires_at)[0]


def test_the_usual_lifetime_comes_from_the_settings(ada, settings):
    settings.TOKEN_LIFETIME = 10 * DAY
    assert abs(tokens.default_expiry() - timezone.now() - 10 * DAY) < timedelta(seconds=5)


def test_the_usual_lifetime_stops_where_the_asking_token_does(ada):
    soon = timezone.now() + DAY
    assert tokens.default_expiry(token_ending(ada, soon)) == soon
    assert tokens.default_expiry(token_ending(ada, None)) > soon


def test_a_token_expires_at_the_time_given(ada):
    expires_at = timezone.now() + 30 * DAY
    token, _ = tokens.issue_token(ada, "script", "read", expires_at)
    token.refresh_from_db()
    assert token.expiry == expires_at


@pytest.mark.parametrize("days", [-1, 0, 5 * 366])
def test_a_token_ends_in_the_future_and_within_five_years(ada, days):
    with pytest.raises(ValidationError, match="within five years"):
        tokens.issue_token(ada, "script", "read", timezone.now() + days * DAY)


def test_a_token_cannot_make_one_that_outlives_it(ada):
    asking = token_ending(ada, timezone.now() + 7 * DAY)
    for expires_at in (None, timezone.now() + 8 * DAY):
        with pytest.raises(ValidationError, match="outlives"):
            tokens.issue_token(ada, "script", "read", expires_at, current_token=asking)
    assert tokens.issue_token(ada, "script", "read", timezone.now() + 6 * DAY, current_token=asking)


def test_there_is_room_for_fifty_and_no_more(ada):
    for number in range(tokens.MOST_TOKENS):
        AuthToken.issue(ada, f"script {number}", "read", None)
    with pytest.raises(ValidationError, match="revoke one first"):
        tokens.issue_token(ada, "one too many", "read", None)
