"""A set of examples whose batches are a function of the seed and the index, and of nothing else."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jaxtyping import Array, Float, Integer, Shaped, UInt8

from gan_jax.data import law
from gan_jax.data.decoding import shuffling
from gan_jax.data.spec import Spec
from gan_jax.devices import compilation

Number = int | np.integer | Integer[Array, '']
Indices = Integer[Array | np.ndarray, ' B']
UNPAIRED = 2**30  # what the order of unpaired arrays adds to the seed
DRAWN = 64  # examples that a procedural set draws at a time outside of the training step


class Dataset(struct.PyTreeNode):
  """Examples held as arrays, or drawn from their index; a pytree, so that a jitted step can gather from it.

  Resident sets hold `arrays` {name: [size, ...]}, images as uint8. Procedural sets have no arrays and
  `draw(indices [B]) -> {name: [B, ...]}`, a pure jax function that computes example k from k alone.
  """

  # {'image': uint8 [size, H, W, C], 'label'?: int32 [size], 'attributes'?: float32 [size, K], ...}
  arrays: dict[str, Any]
  size: int = struct.field(pytree_node=False)  # how many examples an epoch has
  batch_size: int = struct.field(pytree_node=False)
  image_shape: tuple[int, ...] = struct.field(pytree_node=False)  # (H, W, C) of the images that batch() gives
  draw: Callable | None = struct.field(pytree_node=False, default=None)
  flip: bool = struct.field(pytree_node=False, default=False)  # mirror half of the images, left to right
  # (examples, rng) -> examples: what is drawn anew each time of what is stored, as one of several captions
  chosen: Callable | None = struct.field(pytree_node=False, default=None)
  # names that come in an order of their own
  unpaired: tuple[str, ...] = struct.field(pytree_node=False, default=())
  label_names: tuple[str, ...] = struct.field(pytree_node=False, default=())
  attribute_names: tuple[str, ...] = struct.field(pytree_node=False, default=())
  fingerprint: str = struct.field(pytree_node=False, default='')  # of files, see Spec
  # (field of Spec, value)s of other kinds of data
  facts: tuple[tuple[str, Any], ...] = struct.field(pytree_node=False, default=())

  def spec(self, conditions: bool = False) -> Spec:
    """What the batches look like, and what is known of the data; if asked, the law of their conditions."""
    batch = jax.eval_shape(lambda data: data.batch(0, 0), self)
    known = {name: getattr(self, name) for name in ('label_names', 'attribute_names', 'size', 'fingerprint')}
    return Spec(batch, law=law.encode(self.conditions()) if conditions else '', **known, **dict(self.facts))

  def conditions(self) -> dict[str, np.ndarray]:
    """{'label'?: [N], 'attributes'?: [N, A], ...}: law.ASKED of all examples, of captioned ones of some."""
    alone = lambda examples: {name: examples[name] for name in law.ASKED if name in examples}
    if self.draw:  # in one program, so that the images are never drawn
      drawn = compilation.once(lambda indices: alone(self.draw(indices)))
      return jax.device_get(drawn(law.some(self.size)))
    stored = {name: array for name, array in self.arrays.items() if not is_images(array)}
    if self.chosen:  # of which all would be compared with all
      some = law.some(self.size, stored.get('label'))
      stored = self.chosen({name: array[some] for name, array in stored.items()}, jax.random.key(0))
    return {name: np.asarray(array) for name, array in alone(stored).items()}

  def batch(self, seed: Number, index: Number) -> dict[str, Array]:
    """Batch `index` of the order that `seed` names: {'image': float32 [B, H, W, C] in [-1, 1], ...}."""
    examples = self.gather(shuffling.indices(seed, index, self.batch_size, self.size))
    if self.unpaired:
      others = self.gather(shuffling.indices(seed + UNPAIRED, index, self.batch_size, self.size))
      examples = {**examples, **{name: others[name] for name in self.unpaired}}
    return self.finish(examples, seed, index)

  def finish(self, examples: Mapping[str, Array], seed: Number, index: Number) -> dict[str, Array]:
    """Batch `index` of the stored `examples` that it has: images cropped, flipped, scaled, pairs alike."""
    crop_rng, flip_rng = jax.random.split(jax.random.fold_in(jax.random.key(seed), index))
    if self.chosen:
      examples = self.chosen(examples, jax.random.fold_in(crop_rng, 1))
    coins = self.flip and jax.random.bernoulli(flip_rng, 0.5, (self.batch_size,))

    def finished(images):
      images = self._crop(images, crop_rng)
      if self.flip:
        images = jnp.where(jnp.expand_dims(coins, range(1, images.ndim)), images[..., ::-1, :], images)
      return to_float(images)

    return {name: finished(value) if is_images(value) else value for name, value in examples.items()}

  def examples(self, indices: Indices | Sequence[int]) -> dict[str, Array]:
    """The examples with these indices, centre-cropped and never flipped; images as in batch()."""
    finished = lambda value: to_float(self._crop(value, None)) if is_images(value) else value
    stored = self.gather(indices)
    if self.chosen:
      stored = self.chosen(stored, jax.random.key(0))
    return {name: finished(value) for name, value in stored.items()}

  def gather(self, indices: Indices | Sequence[int]) -> dict[str, Array]:
    """These examples as they are stored: images in uint8, before cropping."""
    if isinstance(indices, jax.core.Tracer):
      if self.draw:
        return self.draw(indices)
      return {name: jnp.asarray(array)[self.within(array, indices)] for name, array in self.arrays.items()}
    indices = np.asarray(indices)  # so that a memory-mapped array is read only where it is asked for
    if self.draw:
      return self._drawn(indices)
    return {name: jnp.asarray(array[self.within(array, indices)]) for name, array in self.arrays.items()}

  def within(self, array: Array | np.ndarray, indices: Indices) -> Indices:
    """The indices into an array that may be shorter than the set: an unpaired one, which then comes again."""
    return indices if len(array) == self.size else indices % len(array)

  def _drawn(self, indices):
    """The drawn examples with known indices, DRAWN at a time: `draw` is compiled once for any count."""
    count = len(indices)
    blocks = np.pad(indices, (0, -count % DRAWN), mode='edge').reshape(-1, DRAWN)
    parts = [self.draw(block) for block in blocks]
    return {k: jnp.asarray(np.concatenate([part[k] for part in parts])[:count]) for k in parts[0]}

  def _crop(self, images, rng):
    """Images at `image_shape`: a random window of each where the stored ones are larger, or the centre."""
    height, width, channels = *self.image_shape[-3:-1], images.shape[-1]
    if images.shape[-3:-1] == (height, width):
      return images
    room = jnp.array([images.shape[-3] - height, images.shape[-2] - width])
    if rng is None:
      corners = jnp.broadcast_to(room // 2, (len(images), 2))
    else:
      corners = jax.random.randint(rng, (len(images), 2), 0, room + 1)
    whole = images.shape[1:-3]  # the frames of a video, which have one window

    def window(image, corner):
      starts = (*[0] * len(whole), *corner, 0)
      return jax.lax.dynamic_slice(image, starts, (*whole, height, width, channels))

    return jax.vmap(window)(images, corners)


def is_images(value: Array | np.ndarray | jax.ShapeDtypeStruct) -> bool:
  """Whether an array of a batch holds images [B, H, W, C] or videos [B, T, H, W, C]."""
  return value.ndim in (4, 5)


def to_float(images: Shaped[Array | np.ndarray, '*shape']) -> Float[Array | np.ndarray, '*shape']:
  """Images in float32 in [-1, 1]; uint8 ones are scaled, others are taken to be in range."""
  if images.dtype != jnp.uint8:
    return images
  return jnp.clip(images.astype(jnp.float32) / 127.5 - 1, -1, 1)  # clipped: 255 may round to 1 + 1e-7


def to_uint8(images: Float[Array | np.ndarray, '*shape']) -> UInt8[Array, '*shape']:
  """Images in [-1, 1] as uint8, rounded and clipped."""
  return jnp.clip(jnp.round((images + 1) * 127.5), 0, 255).astype(jnp.uint8)
