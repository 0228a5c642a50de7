"""A network in a box: hosts in namespaces of this machine, joined by a seeded link that loses, delays and blocks.

`netem` is not in every kernel, so frames pass through this process instead. Needs Linux, root and `ip` (iproute2).
"""

from bench.netlab.hosts import Host, Lab, LabError, lab
from bench.netlab.paths import CLEAN, Path, Policy

__all__ = ["CLEAN", "Host", "Lab", "LabError", "Path", "Policy", "lab"]
