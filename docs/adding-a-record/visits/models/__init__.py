from visits.models.callbacks import Callback  # noqa: E402

__all__ += ["Callback"]
