"""The REST API: routes, schemas, problem details, request guards and the built client."""
