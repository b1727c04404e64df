"""All URLs of this package.

Pages at the root, the REST API under `/api/v1/`, and other services' APIs.
"""

from django.urls import include, path, register_converter

from .http.converters import DayConverter, MonthConverter, PaperIdConverter, WeekConverter

register_converter(PaperIdConverter, "paper_id")
register_converter(DayConverter, "day")
register_converter(WeekConverter, "week")
register_converter(MonthConverter, "month")

urlpatterns = [
    path("", include("feeds.web.urls")),
    path("api/v1/", include("feeds.api.urls")),
    path("", include("feeds.compat.urls")),
]
