"""Django's name for this room."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string


class FeedsConfig(AppConfig):
    name = "feeds"
    verbose_name = "Sources and pages"

    def ready(self) -> None:
        """Listen to accounts being deleted, and to what a mail provider says of mails, where there is one."""
        import_module("feeds.digest.subscriptions")
        if settings.MAIL_PROVIDER:
            import_module("feeds.digest.bounces")
        if settings.METRICS:
            import_string("feeds.health.metrics.start")()
