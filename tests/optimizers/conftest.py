"""JAX starts as in a study's workers, and compiles no harder than they do."""

import os

from bridle.engine.devices import Device

# before JAX starts its backend
os.environ.update(Device("cpu", 0).environment())
os.environ["XLA_FLAGS"] += " --xla_backend_optimization_level=1"
