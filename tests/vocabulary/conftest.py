"""Programs are compiled with the flags that a study's workers use."""

import os

from bridle.engine.worker import Device

# before JAX starts its backend
os.environ.update(Device("cpu", 0).environment())
