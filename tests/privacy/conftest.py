"""Property tests look at the same examples every time, and do not watch the clock of a busy machine."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
