"""The rooms behind the four doors: a sans-IO core and one small shell."""

__version__ = "0.1.0"
