"""Measurements that settled a decision once; run again when it is doubted. `make test` does not run their tests."""
