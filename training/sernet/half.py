"""An fp32 graph with its weights stored as 16-bit floats.

Like TensorFlow Lite's fp16 files, which Light-SERNet's paper reports: half the size. Runtimes convert the weights to
32 bits when they load the file, and compute in 32 bits.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .graph import model_of

SMALLEST = 16
"""Elements below which a tensor is not worth a node."""


def fp16_model(fp32: onnx.ModelProto) -> onnx.ModelProto:
    """The fp16 model of an fp32 model; inputs and outputs stay fp32."""
    source = fp32.graph
    tensors, casts = [], []
    for tensor in source.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST:
            tensors.append(tensor)
            continue
        tensors.append(numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.half"))
        casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name],
                                      name=tensor.name, to=TensorProto.FLOAT))
    return model_of(helper.make_graph([*casts, *source.node], source.name, source.input,
                                      source.output, tensors))
