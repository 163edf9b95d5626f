"""Invented people and contacts for demonstrations, benchmarks and tests: believable, and the same for the same seed.

`people.people()` and `contacts.contacts()` yield plain tuples and need the standard library only, no Django.
"""
