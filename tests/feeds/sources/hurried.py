"""`python -m tests.feeds.sources.hurried ARGUMENTS`: manage.py with short pauses, for a process that is killed."""

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line

from tests.feeds.outside import HURRIED

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()
for service in settings.SOURCE_SERVICES.values():
    service.update(HURRIED, whole=1.0, pause=0.05)
execute_from_command_line(["manage.py", *sys.argv[1:]])
