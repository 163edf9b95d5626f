"""The tables that libraries bring: what each may hold and when it goes. Every one is decided here."""

DECIDED = {
    "account_emailaddress": "Work e-mail addresses of staff. Goes with the account.",
    "account_emailconfirmation": "Unused: addresses are not confirmed by e-mail. Empty.",
    "auth_group": "Unused: a role is a column of the account. Empty.",
    "auth_group_permissions": "Unused. Empty.",
    "auth_permission": "Names of permissions. Nothing personal.",
    "cache": "Counts of failed sign-ins by hashed account. Minutes.",
    "django_content_type": "Names of models. Nothing personal.",
    "django_migrations": "Names of migrations. Nothing personal.",
    "django_session": "Signed-in sessions of staff: ids and references only. Ten hours, or sign-out.",
}
