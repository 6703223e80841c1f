"""A network of dense layers in Lightning: the modules of PyTorch's, trained by Trainers, in float64."""

from __future__ import annotations

from glmnn.solvers.external.framework import Framework
from glmnn.solvers.external.lightning_parts import in_stretches
from glmnn.solvers.external.torch_network import TorchNetwork

network_steps = Framework(TorchNetwork, in_stretches).steps
