"""The life of the upstream connection: dial, resume, hand over, give up; and what waits for it meanwhile."""
