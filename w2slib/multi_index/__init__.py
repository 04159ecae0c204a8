"""Mechanism III: see `w2slib.multi_index.theory`."""

from w2slib.multi_index.theory import *  # noqa: F403
from w2slib.multi_index.theory import __all__, _distance, _Model, _ridge, _unit  # noqa: F401
