"""The page `/docs` about the REST calls: Swagger UI from a package of this machine, shut to everybody else.

FastAPI's own pages load their scripts from a public server, which then learns who runs a gateway and when.
"""

import base64
import hashlib
import re

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

PACKAGE = ("fastapi_swagger", "resources")
"""Swagger UI as its makers release it (Apache-2.0), in a package for Python (MIT). Nothing of its code is run."""
ASSETS = "/docs/assets"


def _page(title: str) -> str:
    # Relative addresses: behind a proxy the gateway may stand in a folder.
    assets = ASSETS.removeprefix("/")
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=title,
        swagger_js_url=f"{assets}/swagger-ui-bundle.js",
        swagger_css_url=f"{assets}/swagger-ui.css",
        swagger_favicon_url=f"{assets}/favicon-32x32.png",
        # It would send the address of the gateway to a public checker.
        swagger_ui_parameters={"validatorUrl": None},
    )
    return bytes(page.body).decode()


def content_security_policy(page: str) -> str:
    """Everything from this gateway; of scripts in the page those that stand in it now, by their hash (W3C CSP 3)."""
    inline = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline]
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", *hashes)),
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def install(app: FastAPI) -> None:
    """`/docs`, and `/redoc` for who looks there. `app` was made with neither."""
    page = _page(f"{app.title}: the REST calls")
    headers = {
        "Content-Security-Policy": content_security_policy(page),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=headers)

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> RedirectResponse:
        return RedirectResponse("docs")

    app.mount(ASSETS, StaticFiles(packages=[PACKAGE]), name="docs-assets")
