from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [path("shortcuts/", views.shortcuts, name="shortcuts")]
