"""Two-layer networks: see `w2slib.networks.training`."""

from w2slib.networks.training import *  # noqa: F403
