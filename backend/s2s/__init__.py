"""Gateway internals: a pure core (`core`, `wire`), its asyncio shell (`session`) and adapters on both sides.

`gateway` puts everything together from `settings`. `transport` and `rest` serve browsers, `upstream` speaks to Gemini
Live; `limits`, `recording`, `cluster` and `doctor` are about the running gateway.
"""

__version__ = "0.1.0"
