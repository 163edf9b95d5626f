"""Figures of the real web server beside their anchors, in one run: `make bench`."""
