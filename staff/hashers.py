"""Password hashes."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from staff.validators import LONGEST


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's first recommended setting: 46 MiB, one pass, one lane. Django's default takes 100 MiB."""

    memory_cost = 47104
    time_cost = 1
    parallelism = 1

    def verify(self, password: str, encoded: str) -> bool:
        """Whether it is the password; longer ones than any may be are not hashed at all."""
        return len(password) <= LONGEST and super().verify(password, encoded)
