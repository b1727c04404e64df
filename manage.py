#!/usr/bin/env python
"""Every job of Paperboy from the command line: `python manage.py help` lists them."""

import os
import sys

from recommender.config.command_line import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
    run(sys.argv)
