from django.urls import path

from retention import views

app_name = "retention"
urlpatterns = [
    path("retention/", views.overview, name="overview"),
    path("retention/rehearsal/", views.rehearse, name="rehearse"),
    path("retention/purges/<uuid:identity>/confirm/", views.purge_confirm, name="purge_confirm"),
    path("retention/purges/<uuid:identity>/certificate/", views.purge_certificate, name="purge_certificate"),
    path(
        "retention/purges/<uuid:identity>/certificate/pdf/", views.purge_certificate_pdf, name="purge_certificate_pdf"
    ),
    path("retention/holds/", views.hold_place, name="hold_place"),
    path("retention/holds/<int:number>/review/", views.hold_review, name="hold_review"),
    path("retention/holds/<int:number>/release/", views.hold_release, name="hold_release"),
]
