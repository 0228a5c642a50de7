"""Functions that the model may call: schemas made fit for each backend, arguments and results made fit for both sides.

`schema_reader` brings every dialect to one JSON Schema, `schema_flattener` inlines it, `schema_normalizer` writes it
for a backend; `arguments` and `results` are the two directions of a call; `registry` runs it.
"""
