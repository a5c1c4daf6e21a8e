"""JAX starts with the settings of a study's workers."""

import os

from bridle.engine.devices import Device

# before JAX starts its backend
os.environ.update(Device("cpu", 0).environment())
os.environ["XLA_FLAGS"] += " --xla_backend_optimization_level=1"
