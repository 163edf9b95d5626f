from django.urls import path

from visits.views import customers, desk, enquiries

app_name = "visits"
urlpatterns = [
    path("", desk.counter, name="counter"),
    path("customers/", customers.customer_add, name="customer_add"),
    path("customers/search/", customers.customer_search, name="customer_search"),
    path("customers/likeness/", customers.customer_likeness, name="customer_likeness"),
    path("customers/new/", customers.customer_new, name="customer_new"),
    path("customers/<customer:reference>/", customers.customer_detail, name="customer_detail"),
    path("customers/<customer:reference>/change/", customers.customer_change, name="customer_change"),
    path("customers/<customer:reference>/take-back/", customers.customer_take_back, name="customer_take_back"),
    path("enquiries/", enquiries.enquiry_open, name="enquiry_open"),
    path("enquiries/today/", enquiries.enquiry_today, name="enquiry_today"),
    path("enquiries/open/", enquiries.enquiry_pending, name="enquiry_pending"),
    path("enquiries/<enquiry:reference>/", enquiries.enquiry_detail, name="enquiry_detail"),
    path("enquiries/<enquiry:reference>/close/", enquiries.enquiry_close, name="enquiry_close"),
    path("enquiries/<enquiry:reference>/amend/", enquiries.enquiry_amend, name="enquiry_amend"),
    path("enquiries/<enquiry:reference>/hand-over/", enquiries.enquiry_hand_over, name="enquiry_hand_over"),
    path("enquiries/<enquiry:reference>/present/", enquiries.enquiry_present, name="enquiry_present"),
    path("enquiries/<enquiry:reference>/take-back/", enquiries.enquiry_take_back, name="enquiry_take_back"),
    path("enquiries/<enquiry:reference>/attach/", enquiries.enquiry_attach, name="enquiry_attach"),
    path("enquiries/<enquiry:reference>/undo/", enquiries.enquiry_undo, name="enquiry_undo"),
]
