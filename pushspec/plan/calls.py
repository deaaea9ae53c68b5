"""One call: an HTTP request with a name for ever and exact bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pushspec.tencent.endpoints import Endpoint

