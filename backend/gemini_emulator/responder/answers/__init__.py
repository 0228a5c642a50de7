"""Sentences to answer with: function results, small talk, built-in knowledge, fallbacks."""
