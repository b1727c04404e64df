"""Addresses of this room: `pages` at the root, `api` under `/api/v1/`."""

from django.urls import URLPattern

pages: list[URLPattern] = []

api: list[URLPattern] = []
