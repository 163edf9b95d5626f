"""The desk's pages: load, ask a form, call one action, answer."""
