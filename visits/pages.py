"""The pages at the desk on which something is typed."""

from drafts.pages import PageKind

COUNTER = PageKind("counter", "visits:counter")
NEW_CUSTOMER = PageKind("new", "visits:customer_new")
CUSTOMER = PageKind("customer", "visits:customer_detail", about="CUS")
CHANGE = PageKind("change", "visits:customer_change", about="CUS")
ENQUIRY = PageKind("enquiry", "visits:enquiry_detail", about="ENQ")
