from django.urls import include, path

from contactwrexham import health, views

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("language/", views.set_language, name="set_language"),
    path("first-page/", views.first_page, name="first_page"),
    path("accounts/", include("contactwrexham.account_urls")),
    path("", include("staff.urls")),
    path("", include("sharing.urls")),
    path("", include("retention.urls")),
    path("", include("services.urls")),
    path("", include("drafts.urls")),
    path("", include("visits.urls")),
]

handler400 = "contactwrexham.views.bad_request"
handler403 = "contactwrexham.views.forbidden"
handler404 = "contactwrexham.views.not_found"
handler500 = "contactwrexham.views.server_error"
