from django.urls import path

from drafts import views

app_name = "drafts"
urlpatterns = [
    path("drafts/", views.draft_save, name="draft_save"),
    path("drafts/discard/", views.draft_discard, name="draft_discard"),
    path("drafts/restore/", views.draft_restore, name="draft_restore"),
    path("drafts/carry/", views.draft_carry, name="draft_carry"),
    path("drafts/session/", views.session, name="session"),
]
