"""What this room asks of the catalogue of papers, which belongs to a room above: `settings.CATALOGUE` answers."""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from accounts.models import Interest


class Catalogue(Protocol):
    """The functions of the module that `settings.CATALOGUE` names."""

    def paper_id(self, text: str) -> str:
        """The public id of the paper that the text means; raises ValidationError when the catalogue has none such."""

    def notes(self, interests: Sequence[Interest]) -> dict[int, str]:
        """What the catalogue holds for seed papers and authors, in words, by the interest's primary key."""

    def newest_model(self) -> str | None:
        """The version of the newest model, served or not; None where there is none."""


def catalogue() -> Catalogue:
    return cast(Catalogue, import_module(settings.CATALOGUE))
