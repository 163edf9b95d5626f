from django.urls import path

from drafts import views

app_name = "drafts"
urlpatterns = [
    path("drafts/", views.draft_save, name="draft_save"),
    path("drafts/discard/", views.draft_discard, name="draft_discard"),
]
