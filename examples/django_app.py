"""Django: `uvicorn django_app:application`, then http://127.0.0.1:8000/ and /metrics/.

In a project of yours the settings and the views are where they are, and what is below the line is
your `asgi.py`. Evenhand stands around the ASGI application and not in `MIDDLEWARE`: so it sees
pages as they leave, and its own requests don't pass through Django.
"""

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from starlette.applications import Starlette
from starlette.routing import Mount

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

settings.configure(SECRET_KEY="not for production", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The Gazette</title></head>
<body><h1>A bridge opens</h1><p>It is green.</p><div class="ad-slot"></div></body>
</html>
"""


def front_page(_: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


urlpatterns = [path("", front_page)]

# ---- asgi.py

# At import: a wrong option ends the process with a sentence that says what to change.
support = ReaderSupport(site="The Gazette", ad_slots=[".ad-slot"], notice=Notice(after_pages=1))

# Django mounts no ASGI apps, so Starlette, which Evenhand brings, tells the metrics from the rest.
routes = [Mount("/metrics", support.metrics_app()), Mount("/", get_asgi_application())]
application = ReaderSupportMiddleware(Starlette(routes=routes), support=support)
