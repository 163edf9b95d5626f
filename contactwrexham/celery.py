"""Celery: one application, tasks found in each app's `tasks.py`, a static schedule in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactwrexham.settings")
app = Celery("contactwrexham")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
