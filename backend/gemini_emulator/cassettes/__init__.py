"""Conversations as files: recorded through a proxy in front of a Gemini Live service, and served again.

A cassette is JSON lines. The first line tells what it is, every other line is one thing that happened:

{"cassette": 1, "recorded_from": "google", "audio": "lengths", ...}
{"at": 0.0, "connection": 1, "open": {"path": "/ws/...", "headers": {...}, "credentials": ["x-goog-api-key"]}}
{"at": 0.05, "connection": 1, "client": {"setup": {...}}, "frame": "text"}
{"at": 0.21, "connection": 1, "server": {"setupComplete": {}}, "frame": "binary"}
{"at": 9.8, "connection": 1, "closed": {"by": "server", "code": 1008, "reason": "The operation was aborted."}}

`at` is in seconds since the first connection. Beside those there are `refused` (a handshake that was answered with an
HTTP status) and `request` with `response` (plain HTTP, as for ephemeral tokens). A blob whose bytes were left out has
`{"bytes": N}` for its `data`. Whatever was secret reads `scrubbed-KIND-N`, the same for the same value.
"""
