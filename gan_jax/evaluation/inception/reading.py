"""Arrays by name from files of weights: PyTorch's two formats without PyTorch, safetensors, NumPy's .npz.

A pickle may run any code. The reader here knows four names, which is all that a file of plain tensors needs,
and refuses a file with any other before it is called.
"""

import collections
import io
import math
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import numpy, safe_open

from gan_jax import errors

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # of PyTorch's format before 1.6
TYPES = {'FloatStorage': '<f4', 'LongStorage': '<i8'}


def arrays(file: Path) -> dict[str, np.ndarray]:
  """{name: array} of a .pth, .safetensors or .npz file. Raises UserError for any other, or a broken one."""
  readers = {'.pth': torch, '.pt': torch, '.safetensors': safetensors, '.npz': npz}
  if file.suffix not in readers:
    raise errors.UserError(f'{file}: weights are .pth, .safetensors or .npz files')
  try:
    return readers[file.suffix](file)
  except errors.UserError:
    raise
  except Exception as error:  # a hostile or cut-off file may break in any way
    raise errors.UserError(f'{file} cannot be read as {file.suffix} ({error!r}): get it anew') from error


def safetensors(file: Path) -> dict[str, np.ndarray]:
  """{name: array}."""
  return numpy.load_file(file)


def notes(file: Path) -> dict[str, str]:
  """What a .safetensors file that can be read tells of itself beside its arrays; {} for any other."""
  if file.suffix != '.safetensors':
    return {}
  with safe_open(file, framework='numpy') as found:
    return found.metadata() or {}


def npz(file: Path) -> dict[str, np.ndarray]:
  """{name: array}; arrays of objects, which are pickles, are refused."""
  with np.load(file, allow_pickle=False) as found:
    return {name: found[name] for name in found.files}


def torch(file: Path) -> dict[str, np.ndarray]:
  """{name: array} of what torch.save made of a dictionary of tensors, in either of its formats."""
  if zipfile.is_zipfile(file):
    return _zipped(file)
  with open(file, 'rb') as stream:
    if _unpickled(stream, file) != MAGIC:
      raise errors.UserError(f'{file} is a plain pickle, which may hide a program: not read')
    if _unpickled(stream, file) != PROTOCOL:
      raise errors.UserError(f'{file} is of an unknown version of PyTorch')
    _unpickled(stream, file)  # what machine wrote it
    storages = {}
    tensors = _unpickled(
      stream, file, lambda kind, key, count: storages.setdefault(key, Storage(kind, count))
    )
    for key in _unpickled(stream, file):
      (count,) = struct.unpack('<q', stream.read(8))
      storages[key].fill(stream.read(count * storages[key].dtype.itemsize))
  return {name: tensor.array() for name, tensor in tensors.items()}


def _zipped(file):
  with zipfile.ZipFile(file) as archive:
    names = archive.namelist()
    root = names[0].split('/')[0]
    if any('/code/' in name for name in names) or f'{root}/data.pkl' not in names:
      raise errors.UserError(
        f'{file} is TorchScript, a program: give the weights alone, as a .pth of tensors'
      )
    order = f'{root}/byteorder'
    if order in names and archive.read(order) != b'little':
      raise errors.UserError(f'{file} was written by a machine with the other order of bytes')

    def storage(kind, key, count):
      found = Storage(kind, count)
      found.fill(archive.read(f'{root}/data/{key}'))
      return found

    tensors = _unpickled(io.BytesIO(archive.read(f'{root}/data.pkl')), file, storage)
    return {name: tensor.array() for name, tensor in tensors.items()}


class Storage:
  """The numbers that tensors are views of."""

  def __init__(self, kind: str, count: int):
    self.dtype, self.count, self.values = np.dtype(TYPES[kind]), count, None

  def fill(self, data: bytes) -> None:
    """Takes the bytes. Raises ValueError if they are not as many as were promised."""
    if len(data) != self.count * self.dtype.itemsize:
      raise ValueError(f'{len(data)} bytes where {self.count * self.dtype.itemsize} were promised')
    self.values = np.frombuffer(data, self.dtype)


class Tensor:
  """A view of a Storage, whose numbers may come later."""

  def __init__(self, storage: Storage, offset: int, shape: tuple, strides: tuple, *_: Any):
    self._parts = storage, offset, shape, strides

  def array(self) -> np.ndarray:
    """A copy of its own. Raises ValueError for a view beyond the storage's end."""
    storage, offset, shape, strides = self._parts
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    small = 0 not in shape and last < len(storage.values) and math.prod(shape) <= len(storage.values)
    if min((offset, *shape, *strides), default=0) < 0 or not (0 in shape or small):
      raise ValueError('a tensor beyond its storage')
    bytes_ = [stride * storage.dtype.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage.values[offset:], shape, bytes_).copy()


ALLOWED = {
  ('collections', 'OrderedDict'): collections.OrderedDict,
  ('torch', 'FloatStorage'): 'FloatStorage',
  ('torch', 'LongStorage'): 'LongStorage',
  ('torch._utils', '_rebuild_tensor_v2'): Tensor,
}


def _unpickled(stream, file, storage=None):
  """The next object of a stream of pickles; `storage(kind, key, count)` gives the storages it names."""

  class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
      if (module, name) not in ALLOWED:
        raise errors.UserError(f'{file} asks for {module}.{name}, which weights do not need: not read')
      return ALLOWED[module, name]

    def persistent_load(self, identifier):
      what, kind, key, _, count, *_ = identifier
      if what != 'storage' or kind not in TYPES or storage is None:
        raise errors.UserError(f'{file} asks for {what!r} of {kind!r}: not read')
      return storage(kind, key, count)

  return Restricted(stream).load()
