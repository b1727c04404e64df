"""The app config of `feeds`."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string


class FeedsConfig(AppConfig):
    name = "feeds"
    verbose_name = "Sources and pages"

    def ready(self) -> None:
        """Connect the receivers of signals, and start metrics if they are switched on."""
        import_module("feeds.digest.subscriptions")
        if settings.MAIL_PROVIDER:
            import_module("feeds.digest.bounces")
        if settings.METRICS:
            import_string("feeds.health.metrics.start")()
