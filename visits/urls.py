from django.urls import path, register_converter

from visits import references, views

register_converter(references.CustomerReference, "customer")
register_converter(references.EnquiryReference, "enquiry")

app_name = "visits"
urlpatterns = [
    path("", views.home, name="counter"),
    path("customers/", views.customer_add, name="customer_add"),
    path("customers/search/", views.customer_search, name="customer_search"),
    path("customers/likeness/", views.customer_likeness, name="customer_likeness"),
    path("customers/new/", views.customer_new, name="customer_new"),
    path("customers/<customer:reference>/", views.customer_detail, name="customer_detail"),
    path("customers/<customer:reference>/change/", views.customer_change, name="customer_change"),
    path("enquiries/", views.enquiry_open, name="enquiry_open"),
    path("enquiries/today/", views.enquiry_today, name="enquiry_today"),
    path("enquiries/open/", views.enquiry_pending, name="enquiry_pending"),
    path("enquiries/<enquiry:reference>/", views.enquiry_detail, name="enquiry_detail"),
    path("enquiries/<enquiry:reference>/close/", views.enquiry_close, name="enquiry_close"),
    path("enquiries/<enquiry:reference>/amend/", views.enquiry_amend, name="enquiry_amend"),
    path("enquiries/<enquiry:reference>/attach/", views.enquiry_attach, name="enquiry_attach"),
    path("enquiries/<enquiry:reference>/undo/", views.enquiry_undo, name="enquiry_undo"),
    path("drafts/", views.draft_save, name="draft_save"),
    path("drafts/discard/", views.draft_discard, name="draft_discard"),
    path("services/", views.service_list, name="service_list"),
]
