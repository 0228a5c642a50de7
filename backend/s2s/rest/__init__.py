"""The REST side: routes, schemas, problem details, the built client, and guards of every request."""
