from django.apps import AppConfig


class GovukConfig(AppConfig):
    """Controls, fields, tables and page parts that all screens share."""

    name = "govuk"
