from django.urls import path

from retention.views import canaries, holds, overview, purges

app_name = "retention"
urlpatterns = [
    path("retention/", overview.overview, name="overview"),
    path("retention/holds/", holds.hold_list, name="hold_list"),
    path("retention/holds/place/", holds.hold_place, name="hold_place"),
    path("retention/holds/<int:number>/review/", holds.hold_review, name="hold_review"),
    path("retention/holds/<int:number>/release/", holds.hold_release, name="hold_release"),
    path("retention/holds/<int:number>/renew/", holds.hold_renew, name="hold_renew"),
    path("retention/purges/", purges.purge_list, name="purge_list"),
    path("retention/purges/rehearsal/", purges.purge_rehearse, name="purge_rehearse"),
    path("retention/purges/<uuid:identity>/confirm/", purges.purge_confirm, name="purge_confirm"),
    path("retention/purges/<uuid:identity>/certificate/", purges.purge_certificate, name="purge_certificate"),
    path(
        "retention/purges/<uuid:identity>/certificate/pdf/", purges.purge_certificate_pdf, name="purge_certificate_pdf"
    ),
    path("retention/canary/", canaries.canary_list, name="canary_list"),
]
