"""Refusals of this room.

DomainError
├── BadInput
│   ├── UnknownModel    no model of that name is known here
│   ├── ModelRefused    the model's files must not be loaded: pickle, other hash, own code
├── Conflict
│   ├── QuotaUsedUp     the workspace may write no more texts for now
│   └── NotExplainable  the model gives no log-probabilities, or cannot read so long a text
│   ├── NotPromotable   the model is not at the stage that this step needs
│   ├── GateNotPassed   the gate was not run, or says that the live model writes better
│   └── ServerRefused   a model server refused the key, the model or the request
└── Unavailable
    ├── ModelMissing    the model's files are not there
    ├── NoDevice        the machine has not the processor that was asked for
    └── ServerUnavailable   a model server gave no usable answer
"""

from tenants.errors import BadInput, Conflict, Unavailable


class UnknownModel(BadInput):
    code = "unknown_model"


class ModelRefused(BadInput):
    code = "model_refused"


class ModelMissing(Unavailable):
    code = "model_missing"


class NoDevice(Unavailable):
    code = "no_device"


class QuotaUsedUp(Conflict):
    code = "quota_used_up"


class NotExplainable(Conflict):
    code = "not_explainable"


class NotPromotable(Conflict):
    code = "not_promotable"


class GateNotPassed(Conflict):
    code = "gate_not_passed"


class ServerRefused(BadInput):
    code = "server_refused"


class ServerUnavailable(Unavailable):
    code = "server_unavailable"
