"""Addresses of this room: `pages` under `/settings/`, `api` under `/api/v1/`."""

from django.urls import path

from feeds.api import account as rest
from feeds.web import settings

pages = [
    path("", settings.profile, name="settings-profile"),
    path("evidence/", settings.evidence, name="settings-evidence"),
    path("delete/", settings.delete, name="settings-delete"),
    path("interests/", settings.interests, name="settings-interests"),
    path("interests/<int:pk>/remove/", settings.remove_interest, name="settings-interest-remove"),
    path("tokens/", settings.tokens, name="settings-tokens"),
    path("tokens/<slug:public_id>/revoke/", settings.revoke_token, name="settings-token-revoke"),
]

api = [
    path("me/", rest.Me.as_view(), name="me"),
    path("me/interests/", rest.Interests.as_view(), name="me-interests"),
    path("me/interests/<int:id>/", rest.InterestDetail.as_view(), name="me-interest"),
    path("me/tokens/", rest.Tokens.as_view(), name="me-tokens"),
    path("me/tokens/<slug:id>/", rest.TokenDetail.as_view(), name="me-token"),
]
