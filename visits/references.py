"""References like `ENQ-7K3F-22M`: short enough to read out, opaque, never the same twice, one slip detected."""

from __future__ import annotations

import re

# No 0/O, 1/I/L, U: what is misread or misheard. A prime number of signs would catch more swaps; 30 reads better.
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY = 6
SPACE = len(SIGNS) ** BODY
# Coprime to 30, so that multiplying walks through the whole space once: neighbours in time do not look alike.
STRIDE, START = 433_494_437, 271_828_183
PATTERN = re.compile(r"^(CUS|ENQ)[-\s]?([2-9A-Z]{4})[-\s]?([2-9A-Z]{3})$", re.IGNORECASE)


def make_reference(prefix: str, number: int) -> str:
    """The reference of the `number`th record (a database sequence); unique below 729 million."""
    left = (number * STRIDE + START) % SPACE
    signs = []
    for _ in range(BODY):
        left, digit = divmod(left, len(SIGNS))
        signs.append(SIGNS[digit])
    body = "".join(signs)
    return f"{prefix}-{body[:4]}-{body[4:]}{_check_sign(body)}"


def read_reference(text: str) -> str | None:
    """The reference somebody typed, in its one spelling; None if it is none or has a slip."""
    match = PATTERN.match(text.strip().upper())
    if not match or set(match[2] + match[3]) - set(SIGNS):
        return None
    body, check = match[2] + match[3][:2], match[3][2]
    return f"{match[1]}-{match[2]}-{match[3]}" if _check_sign(body) == check else None


def _check_sign(body: str) -> str:
    # Weights coprime to 30 catch every single wrong sign.
    weights = (1, 7, 11, 13, 17, 19)
    return SIGNS[sum(w * SIGNS.index(sign) for w, sign in zip(weights, body, strict=True)) % len(SIGNS)]


class CustomerReference:
    """A customer's reference in an address."""

    regex = f"CUS-[{SIGNS}]{{4}}-[{SIGNS}]{{3}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class EnquiryReference(CustomerReference):
    """An enquiry's reference in an address."""

    regex = CustomerReference.regex.replace("CUS", "ENQ")
