"""Asking: who may be asked, what they are shown, and whether it can be read."""
