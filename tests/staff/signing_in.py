"""Signing in as a browser does."""

from __future__ import annotations

from django.test import Client

LOGIN = "/accounts/login/"


def sign_in(username: str, password: str, client: Client | None = None, address: str = "192.0.2.7"):
    return (client or Client()).post(LOGIN, {"login": username, "password": password}, REMOTE_ADDR=address)


def is_signed_in(answer) -> bool:
    return answer.status_code == 302 and "_auth_user_id" in answer.client.session
