"""Refusals of this room.

DomainError
├── BadInput
│   ├── UnknownModel    no model of that name is known here
│   └── ModelRefused    the model's files must not be loaded: pickle, other hash, own code
└── Unavailable
    └── ModelMissing    the model's files are not there
"""

from tenants.errors import BadInput, Unavailable


class UnknownModel(BadInput):
    code = "unknown_model"


class ModelRefused(BadInput):
    code = "model_refused"


class ModelMissing(Unavailable):
    code = "model_missing"
