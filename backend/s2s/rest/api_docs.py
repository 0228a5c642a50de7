"""Serve `/docs`, the API documentation: Swagger UI from an installed package, without any request to another host.

FastAPI's own pages load their scripts from a public CDN, which then learns who runs a gateway and when.
"""

import base64
import hashlib
import re

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

PACKAGE = ("fastapi_swagger", "resources")
"""An unmodified Swagger UI release (Apache-2.0) inside a Python package (MIT), whose own code is not run."""
ASSETS = "/docs/assets"


def _page(title: str) -> str:
    # Relative URLs: a proxy may serve the gateway under a path prefix.
    assets = ASSETS.removeprefix("/")
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=title,
        swagger_js_url=f"{assets}/swagger-ui-bundle.js",
        swagger_css_url=f"{assets}/swagger-ui.css",
        swagger_favicon_url=f"{assets}/favicon-32x32.png",
        # The validator would send the gateway's URL to a public service.
        swagger_ui_parameters={"validatorUrl": None},
    )
    return bytes(page.body).decode()


def content_security_policy(page: str) -> str:
    """Return a policy that allows only this gateway, and inline only the scripts of `page`, by hash (W3C CSP 3)."""
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
    """Add `/docs`, and a redirect from `/redoc`. `app` must have been created without either."""
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
