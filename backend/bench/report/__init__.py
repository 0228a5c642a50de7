"""docs/performance.md and its targets, plots and tables."""
