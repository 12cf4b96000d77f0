"""Insertion: one script element into each page that can have it, everything else untouched."""
