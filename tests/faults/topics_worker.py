"""A worker with the engine that stands in for groups of topics: `manage.py run_worker`, whatever else is installed."""

from __future__ import annotations

import sys

import django
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    django.setup()
    from analyses.engines import registry
    from analyses.engines.topic_groups import SingleTextTopicsEngine

    registry.configure([registry.Provider(SingleTextTopicsEngine.facts, SingleTextTopicsEngine)])
    execute_from_command_line(["manage.py", "run_worker", *sys.argv[1:]])
