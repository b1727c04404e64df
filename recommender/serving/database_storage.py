"""Django storage in a database table.

For model archives of machines that share nothing but the database.
"""

import io
from datetime import datetime

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Max, Sum
from django.db.models.functions import Length
from django.utils.deconstruct import deconstructible

from recommender.models import ModelPart

PART = 4 << 20  # bytes in one row


@deconstructible
class DatabaseStorage(Storage):
    """Store a file as its `ModelPart` rows in order.

    This is one transaction: the file is there as a whole or not at all.
    """

    def exists(self, name: str) -> bool:
        return ModelPart.objects.filter(file=name).exists()

    def size(self, name: str) -> int:
        return self._aggregate(name, Sum(Length("content")))

    def get_modified_time(self, name: str) -> datetime:
        return self._aggregate(name, Max("stored_at"))

    def delete(self, name: str) -> None:
        ModelPart.objects.filter(file=name).delete()

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """No folders, and all files."""
        return [], list(ModelPart.objects.values_list("file", flat=True).distinct().order_by("file"))

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError(f"mode {mode!r}: a stored file is read by 'rb' and written whole by save()")
        if not self.exists(name):
            raise FileNotFoundError(f"{name} is not in the database")
        return File(io.BufferedReader(_Parts(name), PART), name)

    def _save(self, name: str, content: File) -> str:
        with transaction.atomic():
            for number, chunk in enumerate(content.chunks(PART)):
                ModelPart.objects.create(file=name, number=number, content=chunk)
        return name

    def _aggregate(self, name: str, of: Max | Sum):  # type: ignore[no-untyped-def]
        value = ModelPart.objects.filter(file=name).aggregate(value=of)["value"]
        if value is None:
            raise FileNotFoundError(f"{name} is not in the database")
        return value


class _Parts(io.RawIOBase):
    """The bytes of a stored file, one part in memory at a time."""

    def __init__(self, name: str) -> None:
        self._name, self._number, self._rest = name, 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        if not self._rest:
            parts = ModelPart.objects.filter(file=self._name, number=self._number)
            self._rest = memoryview(parts.values_list("content", flat=True).first() or b"")
            self._number += 1
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
