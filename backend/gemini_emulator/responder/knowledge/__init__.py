"""What the engine knows of the world: countries, elements, units, everyday facts. Sources and licences: SOURCES.md."""
