"""Plain builders: each gives a valid record, and takes what a test cares about. Names are invented."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import uuid
from types import SimpleNamespace
from typing import Any

from django.db.models.functions import Now
from django.http import HttpRequest
from django.test import Client, RequestFactory

from drafts.actions import begin_draft
from drafts.models import Draft, Sent
from drafts.pages import MadeFor, Page, page_at, read_page
from privacy.dates import london_today
from privacy.sealed import SealedDateField, SealedJSONField
from retention.models import Hold
from services.models import LegalBasis, Service, Topic
from staff.models import Location, Role, SignInLimit, User
from visits import actions
from visits.models import Customer, Enquiry, EnquiryEntry, Outcome, Presence
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


class Browser(Client):
    """A browser in which somebody is signed in: its forms carry the hidden fields of the page that they stand on."""

    def __init__(self, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        if user is not None:
            self.force_login(user)

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(data, dict) and "submission" in data and "made_for" not in data and self.user is not None:
            data = hidden_fields(self.user, path, data)
        return super().post(path, data, *args, **kwargs)


def hidden_fields(user: User, path: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` with the hidden fields of the page named in it, or of the page below which `path` lies."""
    parent = path.rstrip("/").rpartition("/")[0] + "/"
    page = read_page(str(data.get("page", ""))) or page_at(path) or page_at(parent) or COUNTER.page()
    rest = {name: value for name, value in data.items() if name != "page"}
    return {"writer": str(uuid.uuid4()), "made_for": MadeFor(user.pk, page).sign()} | rest


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
    return actions.add_customer(submission=uuid.uuid4(), by=by or make_user(), **given | fields)


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


def make_enquiry_entry(by: User | None = None, enquiry: Enquiry | None = None, text: str = "More") -> EnquiryEntry:
    by = by or make_user()
    return actions.amend_enquiry(enquiry or make_enquiry(by=by), text=text, submission=uuid.uuid4(), by=by)


def make_moved(by: User | None = None, reason: str = "zyxwtext", **fields: Any) -> Enquiry:
    """An enquiry that was one customer's and was moved to another, with a reason."""
    by = by or make_user()
    enquiry = make_enquiry(by=by, customer=make_customer(by=by), **fields)
    return actions.move_enquiry(enquiry, customer=make_customer(by=by), reason=reason, submission=uuid.uuid4(), by=by)


def make_presence(by: User | None = None, enquiry: Enquiry | None = None) -> Presence:
    by = by or make_user()
    return actions.note_presence((enquiry or make_enquiry(by=by)).reference, by=by)


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
        "revision": "1",
        "page": form_page,
        "outcome": "resolved",
        "source": "self",
        "channel": "walk_in",
        "language_offered": "on",
    }
    return given | fields


def make_sent(by: User | None = None) -> Sent:
    by = by or make_user()
    submission = uuid.uuid4()
    make_enquiry(by=by, submission=submission)
    return Sent.objects.get(submission=submission)


def make_sign_in_limit() -> SignInLimit:
    return SignInLimit.objects.create(key=uuid.uuid4().bytes * 2, tries=1, tried_at=Now())


def change(customer: Customer, *, by: User, **details: Any) -> Customer:
    return actions.change_customer(customer, version=1, submission=uuid.uuid4(), by=by, **details)


def close(enquiry: Enquiry, *, submission: uuid.UUID, by: User) -> Enquiry:
    ending = {"outcome": Outcome.RESOLVED, "text": "ended", "referred_to": None}
    return actions.close_enquiry(enquiry, **ending, submission=submission, by=by)


def sending(kind: str, *, by: User) -> Any:
    """A function that sends a page of some kind with the submission that it is given."""
    return SENDINGS[kind](by)


def sending_undo(enquiry: Enquiry, *, by: User) -> Any:
    return lambda sent: actions.undo_enquiry(
        enquiry, content={"summary": "x"}, page=COUNTER.page(), submission=sent, by=by
    )


def _logging(by: User) -> Any:
    details = enquiry_details(narrative="said")
    return lambda sent: actions.open_enquiry(submission=sent, by=by, **details)


def _changing(by: User) -> Any:
    customer = make_customer(by=by)
    return lambda sent: actions.change_customer(customer, version=1, family_name="Evans", submission=sent, by=by)


def _closing(by: User) -> Any:
    enquiry = make_enquiry(by=by, outcome=Outcome.OPEN)
    return lambda sent: close(enquiry, submission=sent, by=by)


def _adding(by: User) -> Any:
    enquiry = make_enquiry(by=by)
    return lambda sent: actions.amend_enquiry(enquiry, text="more", submission=sent, by=by)


def _taking_back_a_customer(by: User) -> Any:
    customer = make_customer(by=by)
    return lambda sent: actions.take_back_customer(customer, content={"family_name": "Jones"}, submission=sent, by=by)


def _attaching(by: User) -> Any:
    enquiry, customer = make_enquiry(by=by), make_customer(by=by)
    return lambda sent: actions.attach_customer(enquiry, customer=customer, submission=sent, by=by)


def _moving(by: User) -> Any:
    enquiry, customer = make_enquiry(by=by, customer=make_customer(by=by)), make_customer(by=by)
    return lambda sent: actions.move_enquiry(enquiry, customer=customer, reason="", submission=sent, by=by)


def _taking_back(by: User) -> Any:
    enquiry = make_moved(by)
    return lambda sent: actions.take_back_move(enquiry, submission=sent, by=by)


def _handing_over(by: User) -> Any:
    enquiry, colleague = make_enquiry(by=by, outcome=Outcome.OPEN), make_user()
    return lambda sent: actions.hand_over_enquiry(enquiry, to=colleague, text="for you", submission=sent, by=by)


# Every kind of page that is sent once, as a function of who sends it.
SENDINGS: dict[str, Any] = {
    "logged": _logging,
    "customer": lambda by: lambda sent: actions.add_customer(submission=sent, by=by, family_name="Jones"),
    "changed": _changing,
    "closed": _closing,
    "added": _adding,
    "attached": _attaching,
    "customer taken back": _taking_back_a_customer,
    "moved": _moving,
    "taken back": _taking_back,
    "handed over": _handing_over,
    "undone": lambda by: sending_undo(make_enquiry(by=by), by=by),
}


def send(kind: str, *, submission: uuid.UUID, by: User) -> Any:
    return sending(kind, by=by)(submission)
