"""How forms look: Django's own renderer with GOV.UK's markup (`templates/govuk/`, `templates/django/`)."""

from django.forms.renderers import TemplatesSetting


class GovukRenderer(TemplatesSetting):
    form_template_name = "govuk/form.html"
    field_template_name = "govuk/field.html"
