"""The built client under /app/, served as small as the browser takes it."""
