"""The keys by which papers that came before this version find those that are nearly the same.

The keys are made here as they were when this version came out; later changes of `feeds.likeness` do not reach it.
"""

import hashlib
import re
import unicodedata
from itertools import islice

from django.db import migrations

BATCH = 1000
SHORTEST_TITLE = 16
OPENING, SHORTEST_OPENING = 250, 150
READ = 800
SMALL_WORDS = re.compile(r"\b(?:a|an|and|by|for|from|in|of|on|the|to|towards?|using|via|with)\b")
NO_LETTERS = re.compile(r"[\W_]+")


def note_keys(apps, schema_editor):
    database = schema_editor.connection.alias
    Likeness = apps.get_model("feeds", "Likeness")
    papers = apps.get_model("recommender", "Paper").objects.using(database).order_by()
    texts = papers.values_list("pk", "title", "abstract").iterator(BATCH)
    rows = (Likeness(paper_id=pk, key=key) for pk, title, abstract in texts for key in keys(title, abstract))
    while batch := list(islice(rows, BATCH)):
        Likeness.objects.using(database).bulk_create(batch, ignore_conflicts=True)


def keys(title, abstract):
    """The title without small words, and the opening of the abstract, each as a digest where it is long enough."""
    words, opening = letters(SMALL_WORDS.sub(" ", title.casefold())), letters(abstract[:READ])[:OPENING]
    by_title = [f"t{digest(words)}"] if len(words) >= SHORTEST_TITLE else []
    return by_title + ([f"a{digest(opening)}"] if len(opening) >= SHORTEST_OPENING else [])


def letters(text):
    """Letters and digits alone, in lower case and without accents."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return NO_LETTERS.sub("", text.casefold())


def digest(text):
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("feeds", "0001_initial")]
    operations = [migrations.RunPython(note_keys, migrations.RunPython.noop)]
