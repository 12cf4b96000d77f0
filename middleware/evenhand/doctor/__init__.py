"""``evenhand doctor URL``: a live page and our routes as a reader's browser and a CDN see them.

``visit`` fetches, ``page``, ``routes``, ``inner`` and ``lists`` judge what came back, and
``catalogue`` says what each finding means and how to put it right.
"""
