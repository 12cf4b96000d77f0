"""Django, which knows nothing of a lifespan, wrapped as in an ``asgi.py``."""

from django.conf import settings  # type: ignore[import-untyped]  # Django has no types
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]  # Django has no types

from evenhand import ReaderSupportMiddleware

settings.configure(SECRET_KEY="for tests only", ALLOWED_HOSTS=["*"])
application = ReaderSupportMiddleware(get_asgi_application())
