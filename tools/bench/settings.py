"""The real settings, and one page more: the empty one that everything is compared with."""

from contactwrexham.settings import *  # noqa: F403

ROOT_URLCONF = "tools.bench.urls"
