"""Scores of generated images beside real ones: values, 95 % intervals, what real images get, the protocol."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Shaped

from gan_jax import errors
from gan_jax.data.dataset import Dataset, to_uint8
from gan_jax.evaluation import kept, measures, networks, protocol, readers, sample
from gan_jax.evaluation.networks import classifier
from gan_jax.evaluation.real import LABELS, RealImages
from gan_jax.evaluation.sample import Sample
from gan_jax.evaluation.scores import Scores

# whose value for real images is called ..._floor; that of other measures ..._real
DISTANCES = ('fid', 'kid', 'mind', 'swd', 'class_fid')
LEARNED = 100_000  # images of the other split, among which copies are looked for


class Scorer:
  """Scores sets of generated images, each beside the same real ones, which are seen but once."""

  def __init__(
    self,
    network: networks.Network,
    reference: RealImages,
    names: tuple[str, ...] = measures.USUAL,
    other: RealImages | None = None,
    learned: bool = False,
    cache: str = '',
    judges: readers.Readers | None = None,
    **facts: Any,
  ):
    """`reference` is what generated images are held against, `other` real images of another split.

    `learned` says whether G has learned from the reference; `facts` go into the protocol. With a `cache`,
    a folder, what the network makes of real images is kept there. `judges` read what a conditional GAN is
    asked for. Raises UserError.
    """
    self.network, self.image_shape = network, reference.dataset.image_shape
    self._shape = reference.images([0]).shape[1:]
    has_classes = network.see(np.zeros((1, *self._shape), np.uint8)).probabilities is not None
    self.measures = measures.find(names, has_classes)
    self._keep = any(measure.features for measure in self.measures.values())
    self._cache, self._facts, self._floors, self._readers = cache, facts, {}, judges or readers.Readers()
    self._names = readers.names(reference.dataset)
    beside = other and self._real(other, learned=not learned)
    self.real = dataclasses.replace(self._real(reference, learned), other=beside)
    self._reference, self._other = reference, other

  def __call__(
    self,
    images: Shaped[Array | np.ndarray, 'N H W C'],
    asked: Mapping[str, Any] | None = None,
    quick: bool = False,
  ) -> Scores:
    """The Scores of images, uint8 or float in [-1, 1]; of a conditional GAN with what was `asked`, by kind.

    `quick` leaves out intervals and what real images get. Raises UserError for images that cannot be scored.
    """
    images = self._checked(np.asarray(images))
    return self.of(lambda indices: images[indices], len(images), lambda: images, asked, quick)

  def of_set(self, images: RealImages) -> Scores:
    """The Scores of images that somebody else has made, read a batch at a time. Raises UserError."""
    self._check_shape(images.images([0]).shape[1:], images.count)
    return self.of(images.images, images.count, images.all, self._conditions(images))

  def of(
    self,
    images: Callable,
    count: int,
    every: Callable,
    asked: Mapping[str, Any] | None = None,
    quick: bool = False,
  ) -> Scores:
    """The Scores of uint8 images(indices) of range(count), which are all of every()."""
    seen = sample.see(self.network, images, count, self._keep)
    asked = asked or {}
    told = {'conditions': asked, 'names': self._names}
    told['readings'] = self._readers.read(images, count, list(asked), seen['probabilities'])
    generated = Sample(count, **seen, images=every, **told)
    numbers, sure_of, about = {}, {}, {}
    for measure in self.measures.values():
      for name, (value, interval) in measure.take(generated, self.real, not quick).items():
        numbers[name], about[name] = float(value), measure.about
        if interval and not quick:
          sure_of[name] = tuple(map(float, interval))
    if not quick:
      numbers |= self._floor(count)
    if self.network.accuracy is not None:
      numbers['judge_accuracy'] = self.network.accuracy
    numbers['num_images'] = count
    return Scores(numbers, sure_of, {**self.protocol(count), 'measures': about})

  def protocol(self, count: int) -> dict[str, Any]:
    """What scores of `count` images are measured by."""
    judges = self._readers.protocol
    return protocol.make(
      network=self.network.name,
      weights=self.network.weights,
      resize=self.network.resize,
      reference_count=self.real.count,
      reference_hash=self._reference.digest,
      count=count,
      **({'readers': judges} if judges else {}),
      **self._facts,
    )

  def _floor(self, count):
    """{name_floor or name_real: value}: what as many real images get, or as there are; once for a count.

    'floor_images' and 'floor_reference' are how many stood for generated ones, beside how many.
    """
    if count not in self._floors:
      found, pair, alone = {}, self._pair(count), self._alone(count)
      for measure in self.measures.values():
        some, beside = (alone, self.real) if measure.single else pair
        if measure.floor and some.count >= measure.least:
          found |= measure.take(some, beside, False)
      kind = lambda name: 'floor' if name.startswith(DISTANCES) else 'real'
      self._floors[count] = {f'{name}_{kind(name)}': float(value) for name, (value, _) in found.items()}
      self._floors[count] |= {'floor_images': pair[0].count, 'floor_reference': pair[1].count}
    return self._floors[count]

  def _alone(self, count):
    """As many images of the reference as there are generated ones, or all of them."""
    few = count < self._reference.count
    return self._real(self._reference.part(0, count)) if few else self.real

  def _pair(self, count):
    """Two sets of real images, of which the first stands for `count` generated ones.

    Those of the other split beside the reference; where there is none, two parts of the reference.
    """
    if self._other:
      few = count < self._other.count
      return self._real(self._other.part(0, count)) if few else self.real.other, self.real
    count = min(count, self._reference.count // 2)
    parts = self._reference.part(0, count), self._reference.part(count, self._reference.count)
    return tuple(map(self._real, parts))

  def _real(self, real, learned=False):
    """A Sample of real images; what the network makes of them is kept on disk."""
    key = [self.network.name, self.network.weights, self.network.resize, real.digest, self._keep]

    def see():
      seen = sample.see(self.network, real.images, real.count, self._keep, groups=1)
      ((_, (mean, covariance)),) = seen.pop('parts')
      found = {'mean': mean, 'covariance': covariance, **seen}
      return {name: array for name, array in found.items() if array is not None}

    found = kept.arrays(self._cache, 'seen', key, see)
    parts = [(real.count, (found['mean'], found['covariance']))]
    arrays = found.get('features'), found.get('probabilities')
    conditions = self._conditions(real)
    read = lambda: self._readers.read(real.images, real.count, list(conditions), arrays[1])
    about = [self._readers.protocol, *key]
    readings = kept.arrays(self._cache, 'read', about, read) if self._readers.kinds else read()
    return Sample(real.count, parts, *arrays, real.all, conditions, readings, self._names, learned)

  def _conditions(self, real):
    return {name: values for name in LABELS if (values := real.values(name)) is not None}

  def _checked(self, images):
    """The images as uint8. Raises UserError."""
    self._check_shape(images.shape[1:], len(images))
    if images.dtype == np.uint8:
      return images
    if not np.isfinite(images).all():
      raise errors.UserError('the generated images are not finite: the run has diverged, start it anew')
    return np.asarray(to_uint8(images))

  def _check_shape(self, shape, count):
    if shape != self._shape:
      raise errors.UserError(
        f'the real images are {list(self._shape)}, the generated ones {list(shape)}: bring both to one'
        ' size and kind'
      )
    least = max(measure.least for measure in self.measures.values())
    if count < least:
      raise errors.UserError(f'{count} images are too few to be scored: give {least} or more')


def by_labels(dataset: Dataset, test_set: Dataset, **options: Any) -> Scorer:
  """The Scorer of a classifier that learns from the dataset's labels, beside the images of the test set."""
  network = classifier.of(dataset, test_set)
  return Scorer(network, RealImages(test_set), other=RealImages(dataset), **options)


def make(
  options: Any,
  dataset: Dataset | None,
  test_set: Dataset | None,
  kinds: Sequence[str] = (),
  **facts: Any,
) -> Scorer:
  """The Scorer that `config.evaluate` asks for, of a set that G learns from and of one that it does not.

  `kinds` are those of the conditions that G is asked for: 'label', 'attributes', 'values'.
  Raises UserError for data without labels or a test split where those are needed.
  """
  network = networks.make(options.network, options, dataset, test_set)
  names = tuple(options.measures)
  if any(measure.reads for measure in measures.find(names).values()):
    facts['judges'] = readers.of(network, kinds, options, dataset)
  sets: Mapping[str, Dataset | None] = {'train': dataset, 'test': test_set}
  if options.reference not in sets:
    raise errors.unknown('evaluate.reference', options.reference, sets)
  chosen = sets[options.reference]
  other = next(some for name, some in sets.items() if name != options.reference)
  reference = RealImages(chosen, options.max_reference)
  most = max(LEARNED, options.max_reference) if 'copying' in names else options.max_reference
  beside = None if other is None else RealImages(other, most)
  learned = options.reference == 'train'
  facts = {'split': options.reference, **facts}
  return Scorer(network, reference, names, beside, learned, options.cache, **facts)
