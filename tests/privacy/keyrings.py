"""A keyring in two directories of one test, and what tells its keys apart."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from privacy.keyring import Keyring

DAY = dt.date(2032, 3, 14)
OTHER_DAY = dt.date(2032, 3, 15)
MASTER = b"another master key, 32 bytes lon"
FILE = "2032-03-14.1.key"


def mark(key) -> str:
    """What tells one key from another without knowing it."""
    return key.encrypt(b"0" * 12, b"the same words", b"").hex()


def sealing_mark(directories: list[Path]) -> str:
    return mark(Keyring(directories, MASTER).sealing_key(DAY)[1])


def files(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))
