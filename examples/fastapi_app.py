"""FastAPI: `uvicorn fastapi_app:app`, then http://127.0.0.1:8000/ and /metrics/."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

# At import: a wrong option ends the process with a sentence that says what to change.
support = ReaderSupport(site="The Gazette", ad_slots=[".ad-slot"], notice=Notice(after_pages=1))

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The Gazette</title></head>
<body><h1>A bridge opens</h1><p>It is green.</p><div class="ad-slot"></div></body>
</html>
"""

app = FastAPI()
# A compressor is added after ours: the last one added is the outermost.
app.add_middleware(ReaderSupportMiddleware, support=support)
app.mount("/metrics", support.metrics_app())


@app.get("/", response_class=HTMLResponse)
async def front_page() -> str:
    return PAGE
