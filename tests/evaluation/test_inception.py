"""The Inception network: its resize, its odd pools, and weights read from files that nobody vouches for."""

import functools
import hashlib
import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import errors
from gan_jax.devices import compilation
from gan_jax.evaluation import convert
from gan_jax.evaluation.inception import network, pooling, reading, resizing, weights

ARRAYS = {
  'a.weight': np.arange(24, dtype=np.float32).reshape(2, 3, 4),
  'a.num_batches_tracked': np.array(7, np.int64),
  'b.weight': np.linspace(-1, 1, 5, dtype=np.float32),
}


def refused(function, *inputs):
  with pytest.raises(errors.UserError) as error:
    function(*inputs)
  assert '\n' not in str(error.value)
  return str(error.value)


@pytest.fixture
def writer(monkeypatch):
  """(tensors, file, old format?) -> writes what torch.save writes, without torch."""
  torch, utils = types.ModuleType('torch'), types.ModuleType('torch._utils')
  kinds = {name: type(name, (), {'__module__': 'torch'}) for name in ('FloatStorage', 'LongStorage')}
  for name, kind in kinds.items():
    setattr(torch, name, kind)

  def _rebuild_tensor_v2(*parts):
    raise AssertionError('only written, never called')

  _rebuild_tensor_v2.__module__ = 'torch._utils'
  _rebuild_tensor_v2.__qualname__ = '_rebuild_tensor_v2'
  utils._rebuild_tensor_v2 = _rebuild_tensor_v2
  monkeypatch.setitem(sys.modules, 'torch', torch)
  monkeypatch.setitem(sys.modules, 'torch._utils', utils)

  class Storage:
    def __init__(self, key, array):
      kind = kinds['LongStorage' if array.dtype == np.int64 else 'FloatStorage']
      self.identifier = ('storage', kind, key, 'cpu', array.size)

  class View:
    def __init__(self, key, array):
      strides = tuple(stride // array.itemsize for stride in array.strides)
      self.parts = (Storage(key, array), 0, array.shape, strides, False, OrderedDict())

    def __reduce__(self):
      return _rebuild_tensor_v2, self.parts

  class Pickler(pickle.Pickler):
    view = ()

    def persistent_id(self, found):
      return (*found.identifier, *self.view) if isinstance(found, Storage) else None

  def write(tensors, file, old):
    views = OrderedDict((name, View(str(k), array)) for k, (name, array) in enumerate(tensors.items()))
    pickled = io.BytesIO()
    pickler = Pickler(pickled, protocol=2)
    pickler.view = (None,) if old else ()
    pickler.dump(views)
    if old:
      parts = [pickle.dumps(part, 2) for part in (reading.MAGIC, reading.PROTOCOL, {'little_endian': True})]
      keys = pickle.dumps([str(k) for k in range(len(tensors))], 2)
      raw = b''.join(struct.pack('<q', array.size) + array.tobytes() for array in tensors.values())
      file.write_bytes(b''.join(parts) + pickled.getvalue() + keys + raw)
    else:
      with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('archive/data.pkl', pickled.getvalue())
        archive.writestr('archive/byteorder', 'little')
        for k, array in enumerate(tensors.values()):
          archive.writestr(f'archive/data/{k}', array.tobytes())

  return write


@pytest.mark.parametrize('old', [True, False], ids=['legacy', 'zip'])
def test_tensors_are_read_without_torch(writer, tmp_path, old):
  writer(ARRAYS, tmp_path / 'x.pth', old)
  found = reading.arrays(tmp_path / 'x.pth')
  assert list(found) == list(ARRAYS)
  for name, array in ARRAYS.items():
    np.testing.assert_array_equal(found[name], array)
    assert found[name].dtype == array.dtype


@pytest.mark.parametrize('old', [True, False], ids=['legacy', 'zip'])
@pytest.mark.parametrize('share', [0.0, 0.1, 0.5, 0.9, 0.99])
def test_files_that_were_cut_off_are_told_in_one_line(writer, tmp_path, old, share):
  writer(ARRAYS, tmp_path / 'x.pth', old)
  data = (tmp_path / 'x.pth').read_bytes()
  (tmp_path / 'cut.pth').write_bytes(data[: int(share * len(data))])
  assert 'cut.pth' in refused(reading.arrays, tmp_path / 'cut.pth')


class Evil:
  """What would run a program when it is unpickled."""

  def __init__(self, function, *arguments):
    self.parts = function, arguments

  def __reduce__(self):
    return self.parts


@pytest.mark.parametrize('protocol', range(6))
@pytest.mark.parametrize(
  ('evil', 'name'),
  [
    (Evil(eval, '1 / 0'), 'builtins.eval'),
    (Evil(io.open, 'nowhere'), 'io.open'),
    (Evil(getattr, 'a', 'b'), 'builtins.getattr'),
    (types.SimpleNamespace(a=1), 'types.SimpleNamespace'),
    (Evil(exec, 'raise SystemExit'), 'builtins.exec'),
  ],
)
def test_other_names_are_refused_before_they_are_called(tmp_path, evil, name, protocol):
  head = pickle.dumps(reading.MAGIC, 2) + pickle.dumps(reading.PROTOCOL, 2)
  (tmp_path / 'a.pth').write_bytes(head + pickle.dumps(evil, protocol))
  said = refused(reading.arrays, tmp_path / 'a.pth')
  assert 'not read' in said
  assert name.split('.')[-1] in said
  with zipfile.ZipFile(tmp_path / 'b.pth', 'w') as archive:
    archive.writestr('x/data.pkl', pickle.dumps({'w': evil}, protocol))
  assert 'not read' in refused(reading.arrays, tmp_path / 'b.pth')


@pytest.mark.parametrize(
  'opcodes',
  [
    b'c__builtin__\neval\n.',  # GLOBAL
    b'\x80\x04\x8c\x08builtins\x8c\x04eval\x93.',  # STACK_GLOBAL
    b'(i__builtin__\neval\n.',  # INST
    b'\x80\x02\x82\x01.',  # EXT1
    b'\x80\x02ctorch\nsave\n.',
    b'\x80\x02ccollections\nOrderedDict\ncos\nsystem\n.',
    b'Pos\n.',  # PERSID
    b'\x80\x02(X\x03\x00\x00\x00odd}}}tQ.',  # BINPERSID of another kind
  ],
)
def test_each_way_to_name_a_function_is_refused(tmp_path, opcodes):
  (tmp_path / 'a.pth').write_bytes(
    pickle.dumps(reading.MAGIC, 2) + pickle.dumps(reading.PROTOCOL, 2) + opcodes
  )
  assert 'a.pth' in refused(reading.arrays, tmp_path / 'a.pth')


def test_a_view_beyond_its_storage_is_refused():
  storage = reading.Storage('FloatStorage', 4)
  storage.fill(np.arange(4, dtype='<f4').tobytes())
  assert reading.Tensor(storage, 1, (3,), (1,)).array().tolist() == [1, 2, 3]
  for offset, shape, strides in [(2, (3,), (1,)), (0, (2, 3), (3, 1)), (0, (2,), (-1,)), (-1, (2,), (1,))]:
    with pytest.raises(ValueError, match='beyond'):
      reading.Tensor(storage, offset, shape, strides).array()
  with pytest.raises(ValueError, match='promised'):
    reading.Storage('FloatStorage', 5).fill(b'1234')


def test_other_files_are_refused(tmp_path):
  (tmp_path / 'a.pkl').write_bytes(pickle.dumps({}))
  assert '.safetensors' in refused(reading.arrays, tmp_path / 'a.pkl')
  (tmp_path / 'plain.pth').write_bytes(pickle.dumps({'a': 1}))
  assert 'plain pickle' in refused(reading.arrays, tmp_path / 'plain.pth')
  with zipfile.ZipFile(tmp_path / 'script.pt', 'w') as archive:
    archive.writestr('x/data.pkl', b'')
    archive.writestr('x/code/__torch__.py', b'')
  assert 'TorchScript' in refused(reading.arrays, tmp_path / 'script.pt')
  np.savez(tmp_path / 'a.npz', evil=np.array([{}], object))
  assert 'a.npz' in refused(reading.arrays, tmp_path / 'a.npz')
  said = refused(weights.load, tmp_path / 'nowhere.pth')
  for part in (weights.NAME, f'{weights.BYTES:,}', weights.SHA256[:12], 'https://'):
    assert part in said


@pytest.mark.parametrize('size', [1, 28, 32, 64, 299, 300, 512])
def test_the_resize_reads_from_the_corner(size):
  """Pixel k lies at k * size / 299; a ramp is read off exactly until the last pixel."""
  matrix = resizing.matrix(size)
  np.testing.assert_allclose(matrix.sum(1), 1, rtol=1e-6)
  places = np.minimum(np.arange(299) * size / 299, size - 1)
  np.testing.assert_allclose(matrix @ np.arange(size), places, atol=1e-3)
  image = np.random.default_rng(0).integers(0, 256, (1, size, 40, 2), np.uint8)
  found = np.asarray(resizing.tensorflow(image))
  assert found.shape == (1, 299, 299, 2)
  np.testing.assert_allclose(found[0, 0, 0], image[0, 0, 0])
  if size == 299:
    np.testing.assert_array_equal(resizing.matrix(299), np.eye(299))


def test_golden_values_of_the_resize():
  """Of torch-fidelity 0.4.0."""
  image = (np.arange(18).reshape(1, 2, 3, 3) * 14).astype(np.uint8)
  found = np.asarray(resizing.tensorflow(image))[0]
  values = [found[place] for place in ((0, 0, 0), (100, 150, 1), (200, 250, 2), (298, 298, 0))]
  np.testing.assert_allclose(values, [0, 161.49163818, 238, 210], atol=1e-4)


@pytest.mark.parametrize('shape', [(2, 17, 17, 4), (1, 8, 5, 1), (1, 3, 3, 2)])
def test_pools_are_those_of_flax(shape):
  maps = jax.random.normal(jax.random.key(0), shape) - 3  # zeros of a padding would be the largest
  around = functools.partial(nn.avg_pool, strides=(1, 1), padding='SAME', count_include_pad=False)
  np.testing.assert_array_equal(pooling.shrink(maps), nn.max_pool(maps, (3, 3), (2, 2)))
  np.testing.assert_array_equal(pooling.maximum(maps), nn.max_pool(maps, (3, 3), (1, 1), 'SAME'))
  np.testing.assert_allclose(pooling.average(maps), around(maps, (3, 3)), rtol=1e-6)


def test_average_pools_leave_the_padding_out():
  ones = jnp.ones((1, 5, 5, 1))
  np.testing.assert_allclose(network.POOLS['average'](ones), ones)
  assert network.POOLS['shrink'](jnp.ones((1, 35, 35, 1))).shape == (1, 17, 17, 1)
  ramp = jnp.arange(9.0).reshape(1, 3, 3, 1)
  assert network.POOLS['maximum'](ramp)[0, :, :, 0].tolist() == [[4, 5, 5], [7, 8, 8], [7, 8, 8]]


def published(seed=0):
  """Random arrays by the published names and shapes."""
  draw, found = np.random.default_rng(seed), {}
  shapes = jax.eval_shape(network.InceptionV3().init, jax.random.key(0), jnp.zeros((1, 299, 299, 3)))[
    'params'
  ]
  for path, leaf in jax.tree_util.tree_leaves_with_path(shapes):
    *parts, last = [key.key for key in path]
    name = '.'.join(parts)
    if name == 'fc':
      found['fc.weight'] = draw.normal(size=leaf.shape[::-1]).astype(np.float32)
    elif last == 'kernel':
      shape = np.array(leaf.shape)[[3, 2, 0, 1]]
      found[f'{name}.conv.weight'] = draw.normal(0, np.sqrt(2 / shape[1:].prod()), shape).astype(np.float32)
      for part in ('weight', 'bias', 'running_mean', 'running_var'):
        found[f'{name}.bn.{part}'] = draw.uniform(0.5, 1.5, shape[0]).astype(np.float32)
  return found


@pytest.mark.long
def test_the_published_names_make_all_params():
  arrays = published()
  assert len(arrays) == 94 * 5 + 1  # convolutions of Inception-v3 without its auxiliary head
  params = weights.params(arrays, 'x.pth')
  wanted = jax.eval_shape(network.InceptionV3().init, jax.random.key(0), jnp.zeros((1, 299, 299, 3)))[
    'params'
  ]
  assert jax.tree.map(jnp.shape, params) == jax.tree.map(jnp.shape, wanted)
  features, probabilities = jax.eval_shape(network.look, params, np.zeros((2, 32, 20, 3), np.uint8))
  assert (features.shape, probabilities.shape) == ((2, 2048), (2, 1008))
  assert compilation.operations(network.look, params, np.zeros((2, 32, 32, 3))) == 2 * network.OPERATIONS
  del arrays['Mixed_6c.branch7x7_2.bn.bias']
  assert 'Mixed_6c.branch7x7_2.bn.bias' in refused(weights.params, arrays, 'x.pth')


def test_batch_norm_is_folded_into_the_convolution():
  arrays = {name: array for name, array in published().items() if name.startswith('Mixed_7a.branch3x3_2.')}
  unit = weights.unit(arrays, 'Mixed_7a.branch3x3_2', 'x')
  maps = np.random.default_rng(1).normal(size=(1, 5, 5, 192)).astype(np.float32)
  get = lambda part: arrays[f'Mixed_7a.branch3x3_2.{part}']
  convolve = lambda kernel: jax.lax.conv_general_dilated(
    maps, kernel, (2, 2), 'VALID', dimension_numbers=('NHWC', 'HWIO', 'NHWC'), precision='highest'
  )
  plain = convolve(get('conv.weight').transpose(2, 3, 1, 0))
  wanted = (plain - get('bn.running_mean')) / np.sqrt(get('bn.running_var') + 1e-3)
  wanted = wanted * get('bn.weight') + get('bn.bias')
  np.testing.assert_allclose(convolve(unit['kernel']) + unit['bias'], wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.long
def test_weights_are_known_by_their_content_in_any_format(writer, tmp_path):
  arrays = published()
  writer(arrays, tmp_path / 'old.pth', True)
  writer(arrays, tmp_path / 'new.pth', False)
  np.savez(tmp_path / 'a.npz', **{name: np.asfortranarray(array) for name, array in arrays.items()})
  names = {weights.load(tmp_path / name)[1] for name in ('old.pth', 'new.pth', 'a.npz')}
  names.add(convert.convert(tmp_path / 'a.npz', tmp_path / 'a.safetensors'))
  names.add(convert.convert(tmp_path / 'a.safetensors', tmp_path / 'b.safetensors'))
  assert len(names) == 1
  assert not weights.known(names.pop())
  params, again = weights.load(tmp_path / 'old.pth')[0], weights.load(tmp_path / 'b.safetensors')[0]
  jax.tree.map(np.testing.assert_array_equal, params, again)
  source = hashlib.sha256((tmp_path / 'a.npz').read_bytes()).hexdigest()
  assert weights.read(tmp_path / 'b.safetensors')[1] == source


@pytest.mark.long
def test_converted_files_name_the_published_one(tmp_path, monkeypatch):
  np.savez(tmp_path / 'a.npz', **published())
  monkeypatch.setattr(weights, 'SHA256', hashlib.sha256((tmp_path / 'a.npz').read_bytes()).hexdigest())
  assert weights.load(tmp_path / 'a.npz')[1] == weights.SHA256
  assert convert.convert(tmp_path / 'a.npz', tmp_path / 'b.safetensors') == weights.SHA256
  data = bytearray((tmp_path / 'b.safetensors').read_bytes())
  data[-1] ^= 1
  (tmp_path / 'b.safetensors').write_bytes(data)
  assert 'convert them anew' in refused(weights.load, tmp_path / 'b.safetensors')


def test_what_cannot_be_converted_is_told_in_one_line(tmp_path):
  np.savez(tmp_path / 'other.npz', **ARRAYS)
  out = tmp_path / 'a.safetensors'
  assert 'let its name end' in refused(convert.convert, tmp_path / 'other.npz', tmp_path / 'a.npz')
  assert 'not the weights of the Inception' in refused(convert.convert, tmp_path / 'other.npz', out)
  assert 'no such file' in refused(convert.convert, tmp_path / 'nowhere.npz', out)
  assert 'give two files' in refused(convert.main, ['a'])
  assert not out.exists()
