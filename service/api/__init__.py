"""The HTTP API: `build` makes its routes, `install_problems` the shape of its errors, `Gatekeeper` decides who may."""

from service.api.access import Access, Gatekeeper
from service.api.app import OPENAPI_URL, build
from service.api.problems import install_problems
from service.api.wiring import Metric, Wiring

__all__ = ["OPENAPI_URL", "Access", "Gatekeeper", "Metric", "Wiring", "build", "install_problems"]
