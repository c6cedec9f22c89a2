"""A program as a compiler is given it, in StableHLO: what it computes, and what it moves through memory.

The model of memory is a simple one. A convolution or a product reads arrays and writes one, and so do sums,
gathers, sorts and loops. All else is fused into what uses it, but for the results of the program, and what a
convolution or a product reads, as these are kernels of a library: that is written before. An array is held
from where it is written to where it is last read.
"""

import collections
import dataclasses
import math

from jax.interpreters import mlir
from jaxlib.mlir.dialects import stablehlo

ir = mlir.ir
PRODUCTS = ('convolution', 'dot_general')
KERNELS = (
  'reduce',
  'reduce_window',
  'select_and_scatter',
  'sort',
  'scatter',
  'custom_call',
  'fft',
  'cholesky',
)
PICKS = ('gather', 'dynamic_slice')  # read as much as they write, of what may be large
RELAID = ('reshape', 'transpose', 'broadcast_in_dim', 'reverse', 'optimization_barrier')


@dataclasses.dataclass
class Kernel:
  """What writes arrays to memory. Arrays are indices of `Program.sizes`."""

  name: str
  reads: frozenset[int]
  writes: tuple[int, ...]
  moved: int  # bytes read and written
  operations: int = 0
  dtype: str = ''
  times: int = 1


@dataclasses.dataclass
class Value:
  """A value of the program: the arrays that it is computed of, and whether it is one of them as it lies."""

  arrays: frozenset[int]
  lies: bool


class Program:
  """The kernels of a module in their order, and what else is counted in it."""

  def __init__(self, text: str):
    """`text` is that of a module, as `jax.export.Exported.mlir_module()` gives it."""
    self.kernels, self.sizes, self.names, self.targets = [], [], collections.Counter(), set()
    self._scope = {}  # the Values of what the module has named
    with mlir.make_ir_context():
      module = ir.Module.parse(text)
      functions = [op for op in module.body.operations if op.operation.name == 'func.func']
      self._blocks = {op.name.value: op.regions[0].blocks[0] for op in functions}
      main = next(op for op in functions if op.name.value == 'main')
      block = self._blocks['main']
      self._results = set(_end(block).operands)
      given = [self._written(value.type) for value in block.arguments]
      self.arguments = len(given)
      aliases = [dict(_pairs(attributes)).get('tf.aliasing_output') for attributes in main.arg_attrs]
      found = self._run(block, given, 1)
    donated = [alias.value for alias in aliases if alias is not None]
    self.donated, self._in_place = len(donated), {min(found[k].arrays, default=-1) for k in donated}

  @property
  def operations(self) -> int:
    """Floating-point operations of convolutions and products, none with the zeros of a dilated input."""
    return sum(kernel.operations * kernel.times for kernel in self.kernels)

  @property
  def moved(self) -> int:
    """Bytes read and written."""
    return sum(kernel.moved * kernel.times for kernel in self.kernels)

  @property
  def memory(self) -> int:
    """Bytes held at most, arguments included; a donated one is that of its result."""
    last = {}
    for k, kernel in enumerate(self.kernels):
      last.update(dict.fromkeys((*kernel.reads, *kernel.writes), k))
    held = most = sum(self.sizes[: self.arguments])
    ends = collections.defaultdict(int)
    for k, kernel in enumerate(self.kernels):
      for array in set(kernel.writes) - self._in_place:
        held += self.sizes[array]
        ends[last[array]] += self.sizes[array]
      most = max(most, held)
      held -= ends[k]
    return most

  def _written(self, kind):
    """The Value of a new array."""
    self.sizes.append(_bytes(kind))
    return Value(frozenset([len(self.sizes) - 1]), True)

  def _kernel(self, name, operands, kinds, times, **facts):
    """The Values that a new kernel writes."""
    reads = frozenset().union(*(value.arrays for value in operands))
    results = [self._written(kind) for kind in kinds]
    wrote = sum(map(_bytes, kinds))
    moved = 2 * wrote if name in PICKS else wrote + sum(self.sizes[array] for array in reads)
    writes = tuple(array for value in results for array in value.arrays)
    self.kernels.append(Kernel(name, reads, writes, moved, times=times, **facts))
    return results

  def _run(self, block, given, times):
    """The Values that a block gives, of those that it is given."""
    self._scope.update(zip(block.arguments, given, strict=True))
    for op in block.operations:
      name = op.operation.name.split('.')[1]
      if name == 'return':
        return [self._scope[value] for value in op.operands]
      self.names[name] += 1
      for value, result in zip(op.results, self._results_of(op, name, times), strict=True):
        if value in self._results and not result.lies:
          (result,) = self._kernel('fusion', [result], [value.type], times)
        self._scope[value] = result
    return []

  def _results_of(self, op, name, times):
    operands, kinds = [self._scope[value] for value in op.operands], [value.type for value in op.results]
    if name == 'call':
      return self._run(self._blocks[op.attributes['callee'].value], operands, times)
    if name == 'while':
      carried = self._kernel(name, operands, kinds, times)
      self._run(op.regions[1].blocks[0], carried, times * _trips(op))
      return carried
    if name == 'case':
      for region in op.regions:
        self._run(region.blocks[0], [], times)
      return self._kernel(name, operands, kinds, times)
    if name == 'custom_call':
      self.targets.add(op.attributes['call_target_name'].value)
    if name in PRODUCTS:
      return self._product(op, name, operands, kinds, times)
    if name in (*KERNELS, *PICKS):
      return self._kernel(name, operands, kinds, times)
    arrays = frozenset().union(*(value.arrays for value in operands))
    return [Value(arrays, name in RELAID and operands[0].lies) for _ in kinds]

  def _product(self, op, name, operands, kinds, times):
    for value, operand in zip(op.operands, operands, strict=True):
      if not self._scope[value].lies:
        (self._scope[value],) = self._kernel('fusion', [operand], [value.type], times)
    operands = [self._scope[value] for value in op.operands]
    count = _convolution(op) if name == 'convolution' else _dot(op)
    dtype = str(ir.RankedTensorType(op.operands[0].type).element_type)
    return self._kernel(name, operands, kinds, times, operations=count, dtype=dtype)


def _end(block):
  return list(block.operations)[-1]


def _pairs(attributes):
  return [(named.name, named.attr) for named in attributes]


def _shape(value):
  return ir.RankedTensorType(value.type).shape


def _bytes(kind):
  kind = ir.RankedTensorType(kind)
  bits = getattr(kind.element_type, 'width', 32)
  return math.prod(kind.shape) * max(bits, 8) // 8


def _convolution(op):
  """Operations of a convolution: those of each result with the numbers of a kernel that it sees."""
  dilated = op.attributes['lhs_dilation'] if 'lhs_dilation' in op.attributes else ()  # noqa: SIM401
  kernel, among_zeros = _shape(op.operands[1]), math.prod(dilated)
  features = stablehlo.ConvDimensionNumbers(
    op.attributes['dimension_numbers']
  ).kernel_output_feature_dimension
  return 2 * math.prod(_shape(op.results[0])) * math.prod(kernel) // (kernel[features] * among_zeros)


def _dot(op):
  numbers = stablehlo.DotDimensionNumbers(op.attributes['dot_dimension_numbers'])
  summed = [_shape(op.operands[0])[axis] for axis in numbers.lhs_contracting_dimensions]
  return 2 * math.prod(_shape(op.results[0])) * math.prod(summed)


def _trips(op):
  """How often a loop runs that counts up to a constant, as jax.lax.scan's do; 1 of any other."""
  (test,) = _end(op.regions[0].blocks[0]).operands
  if test.owner.name != 'stablehlo.compare' or 'LT' not in str(test.owner.attributes['comparison_direction']):
    return 1
  bound = test.owner.operands[1].owner
  if getattr(bound, 'name', '') != 'stablehlo.constant' or not str(bound.result.type).startswith('tensor<i'):
    return 1
  return ir.DenseIntElementsAttr(bound.attributes['value'])[0]
