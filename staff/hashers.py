"""Password hashes."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's first recommended setting: 46 MiB, one pass, one lane. Django's default takes 100 MiB."""

    memory_cost = 47104
    time_cost = 1
    parallelism = 1
