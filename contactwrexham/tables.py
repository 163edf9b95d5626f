"""What libraries and files keep beside our own tables: what each may hold, and when it goes. All is decided here."""

DECIDED = {
    "account_emailaddress": "Work e-mail addresses of staff. Goes with the account.",
    "account_emailconfirmation": "Unused: addresses are not confirmed by e-mail. Empty.",
    "auth_group": "Unused: a role is a column of the account. Empty.",
    "auth_group_permissions": "Unused. Empty.",
    "auth_permission": "Names of permissions. Nothing personal.",
    "django_content_type": "Names of models. Nothing personal.",
    "django_migrations": "Names of migrations. Nothing personal.",
    "django_session": "Signed-in sessions of staff: ids and references only. Ten hours, or sign-out.",
}

OUTSIDE = {
    "Messages to staff": "One sentence each, without a name, in the session. Gone when shown.",
    "Queue of background work (Valkey)": "Names of tasks, with numbers at most, and no results. Gone when done.",
    "Key directories": "A wrapped key for each day on which something must be gone. Destroyed that night.",
    "Ledger": "Counts, days and random ids; of holds a sealed note, readable for ten weeks at most. Stays.",
    "Logs of the application": "Ids and counts, never what somebody typed. As long as the operator keeps logs.",
    "Log of PostgreSQL": "No statement, parameter or failing row. As long as the operator keeps logs.",
    "Backups and archived write-ahead log": "Sealed values, noise once their day's key is gone. The backup horizon.",
    "E-mail": "Reminders to staff: reference, reason and date of a hold. As the council keeps its mail.",
}
