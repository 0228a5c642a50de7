"""Functions that the model may call: normalise schemas for each backend, repair arguments, bound results.

`schema_reader` converts every dialect to one JSON Schema, `schema_flattener` inlines it, `schema_normalizer` writes it
for a backend; `arguments` and `results` are the two directions of a call; `registry` runs it.
"""
