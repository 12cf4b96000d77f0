"""Django's ASGI application, wrapped as in an ``asgi.py``."""

from django.conf import settings  # type: ignore[import-untyped]  # Django has no types
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]  # Django has no types
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse  # type: ignore[import-untyped]  # Django has no types
from django.urls import path  # type: ignore[import-untyped]  # Django has no types
from django.views.static import serve  # type: ignore[import-untyped]  # Django has no types

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, PAGE, SITE, Watch, support

settings.configure(
    SECRET_KEY="for tests only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
)


async def page(_: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE, headers={"etag": ETAG})


async def stream(_: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(shared.pieces())


async def broken(_: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(shared.broken_pieces())


async def data(_: HttpRequest) -> JsonResponse:
    return JsonResponse(shared.data())


urlpatterns = [
    path("", page),
    path("stream", stream),
    path("broken", broken),
    path("data", data),
    path("static/<path:path>", serve, {"document_root": SITE}),
]

shared.start()  # Django has no lifespan and no hook for it
application = ReaderSupportMiddleware(get_asgi_application(), support=support)
app = Watch(application)
