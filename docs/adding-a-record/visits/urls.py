
from visits.views import callbacks  # noqa: E402

urlpatterns += [
    path("callbacks/", callbacks.callback_list, name="callback_list"),
    path("callbacks/<callback:reference>/", callbacks.callback_detail, name="callback_detail"),
    path("customers/<customer:reference>/callback/", callbacks.callback_promise, name="callback_promise"),
]
