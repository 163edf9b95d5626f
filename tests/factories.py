"""Plain builders: each gives a valid record, and takes what a test cares about. Names are invented."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import uuid
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.test import RequestFactory

from drafts.actions import begin_draft
from drafts.models import Draft
from drafts.pages import Page
from privacy.dates import london_today
from privacy.sealed import SealedDateField, SealedJSONField
from retention.models import Hold
from services.models import LegalBasis, Service, Topic
from staff.models import Location, Role, User
from visits import actions
from visits.models import Amendment, Customer, Enquiry, Outcome
from visits.pages import COUNTER

PASSWORD = "contact-wrexham"
_numbers = itertools.count(1)

# A value in every personal field that nothing else would ever say: guardians search for them where they must not be.
MARKED = {
    "family_name": "Zyxwfamily",
    "given_names": "Zyxwgiven",
    "born_on": dt.date(1931, 7, 19),
    "national_insurance_number": "AB987123C",
    "address": "Zyxwaddress 7",
    "postcode": "LL19 7ZX",
    "phone": "01978 0719733",
    "other_phone": "07700 971933",
    "email": "zyxwmail@example.org",
}
MARKED_WORDS = {
    "caller_name": "Zyxwcaller",
    "source_name": "Zyxwsource",
    "summary": "zyxwsummary",
    "narrative": "zyxwnarrative",
}
# Every form in which a marked value may leak, folded ones and parts included.
MARKS = (
    "zyxw",
    "1931-07-19",
    "19/07/1931",
    "ab987123",
    "ll19 7zx",
    "ll197zx",
    "0719733",
    "719733",
    "971933",
)


def marked(model: Any) -> dict[str, Any]:
    """A mark for each personal field of a model, whatever fields it has."""
    known = MARKED | MARKED_WORDS
    kinds = {"phone": MARKED["phone"], "postcode": MARKED["postcode"], "nino": MARKED["national_insurance_number"]}
    found = {}
    for name in model.data_policy.personal_fields():
        field = model._meta.get_field(name)
        if isinstance(field, SealedDateField):
            found[name] = MARKED["born_on"]
        elif isinstance(field, SealedJSONField):
            found[name] = {"note": f"zyxw{name}"}
        else:
            kind = model.data_policy.search.get(name, "")
            found[name] = known.get(name) or kinds.get(kind) or f"zyxw{name}"
    return found


def make_marked(model: Any, by: User) -> Any:
    """A record of a model of ours with a mark in every personal field, by the function named for its policy."""
    make = globals()[f"make_{model.data_policy.name}"]
    given: dict[str, Any] = {"by": by} if "by" in inspect.signature(make).parameters else {}
    if model is Enquiry:
        given["outcome"] = Outcome.OPEN  # a closed one could not be changed
    return make(**given, **marked(model))


def make_user(role: Role = Role.ADVISER, **fields: Any) -> User:
    number = next(_numbers)
    user = User(username=f"user{number}", name=f"Staff {number}", role=role)
    for name, value in fields.items():
        setattr(user, name, value)
    if not user.password:
        user.set_unusable_password()
    user.save()
    return user


make_staff = make_user


def request_by(user: User, page: str = "visits:customer_detail") -> HttpRequest:
    """A request of `user` for the page with this URL name, as a view is handed it."""
    request = RequestFactory().get("/")
    request.user = user
    request.resolver_match = SimpleNamespace(view_name=page)
    return request


def make_location(**fields: Any) -> Location:
    return Location.objects.create(**{"name_en": "Lord Street", "name_cy": "Stryt yr Arglwydd"} | fields)


def make_service(**fields: Any) -> Service:
    number = next(_numbers)
    given = {
        "code": f"service-{number}",
        "name_en": f"Service {number}",
        "name_cy": f"Gwasanaeth {number}",
        "legal_basis": LegalBasis.PUBLIC_TASK,
    }
    return Service.objects.create(**given | fields)


def make_topic(service: Service | None = None, **fields: Any) -> Topic:
    number = next(_numbers)
    given = {"code": f"topic-{number}", "name_en": f"Topic {number}", "name_cy": f"Pwnc {number}"}
    return Topic.objects.create(service=service or make_service(), **given | fields)


def make_customer(by: User | None = None, **fields: Any) -> Customer:
    given = {"family_name": "Jones", "given_names": "Siân Mair", "born_on": dt.date(1938, 2, 13)}
    return actions.add_customer(by=by or make_user(), **given | fields)


def enquiry_details(**fields: Any) -> dict[str, Any]:
    """What a clean form hands to `open_enquiry`."""
    service = fields.pop("service", None) or make_service()
    given = {
        "service": service,
        "topic": None,
        "customer": None,
        "caller_name": "",
        "source": "self",
        "source_name": "",
        "on_behalf": "",
        "authority_seen": "",
        "legal_basis": service.legal_basis,
        "channel": "walk_in",
        "summary": "",
        "narrative": "",
        "outcome": Outcome.RESOLVED,
        "referred_to": None,
        "language_offered": True,
        "language_chosen": "",
        "language_served": "",
    }
    return given | fields


def make_enquiry(by: User | None = None, submission: uuid.UUID | None = None, **fields: Any) -> Enquiry:
    return actions.open_enquiry(
        submission=submission or uuid.uuid4(), by=by or make_user(), **enquiry_details(**fields)
    )


def make_amendment(by: User | None = None, enquiry: Enquiry | None = None, text: str = "More") -> Amendment:
    by = by or make_user()
    return actions.amend_enquiry(enquiry or make_enquiry(by=by), text=text, submission=uuid.uuid4(), by=by)


def make_draft(by: User | None = None, content: Any = None, page: Page | None = None) -> Draft:
    content = {"summary": "a draft"} if content is None else content
    return begin_draft(page or COUNTER.page(), content=content, by=by or make_user())


def make_hold(by: User | None = None, **fields: Any) -> Hold:
    """A hold in force on a record that no test has."""
    given = {
        "record_type": "nothing",
        "record_id": next(_numbers),
        "reason": Hold.Reason.DISPUTE,
        "authority": "C/1",
        "responsible": by or make_user(Role.GOVERNANCE),
        "review_on": london_today() + dt.timedelta(days=90),
    }
    return Hold.objects.create(**given | fields)


def posted(form_page: str = "counter", **fields: str) -> dict[str, str]:
    """What a browser posts for an enquiry with the usual choices."""
    given = {
        "submission": str(uuid.uuid4()),
        "revision": "0",
        "page": form_page,
        "outcome": "resolved",
        "source": "self",
        "channel": "walk_in",
        "language_offered": "on",
    }
    return given | fields
