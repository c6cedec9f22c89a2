"""What judges read of images that a conditional GAN was asked for: labels, attributes, real values."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from gan_jax.data.dataset import Dataset, to_float
from gan_jax.evaluation import networks
from gan_jax.evaluation.networks import learning, reading


@dataclasses.dataclass(frozen=True)
class Readers:
  """Who reads what: a classifier by whose features images are scored its labels, one judge all else."""

  own: str = ''  # 'label' where the network itself reads them
  kinds: tuple[str, ...] = ()  # what the judge reads
  judge: reading.Judge | None = None

  @property
  def protocol(self) -> dict[str, str]:
    """{kind: the judge's weights}; of what the network reads there are its own."""
    return {kind: self.judge.weights for kind in self.kinds}

  def read(
    self,
    images: Callable,
    count: int,
    asked: Sequence[str],
    probabilities: Float[Array | np.ndarray, 'N ... K'] | None,
  ) -> dict[str, np.ndarray]:
    """{kind: [count, K]} of uint8 images(indices), of those kinds that were asked for."""
    found = {self.own: probabilities} if self.own in asked else {}
    wanted = [kind for kind in self.kinds if kind in asked]
    parts = {kind: [] for kind in wanted}
    for start in range(0, count if wanted else 0, networks.BATCH):
      indices = np.minimum(np.arange(start, start + networks.BATCH), count - 1)
      seen = jax.device_get(self.judge.read(self.judge.params, to_float(np.asarray(images(indices)))))
      for kind in wanted:
        parts[kind].append(seen[kind][: count - start])
    return found | {kind: np.concatenate(some) for kind, some in parts.items()}


def of(network: networks.Network, kinds: Sequence[str], options: Any, dataset: Dataset) -> Readers:
  """The Readers of those conditions that G is asked for and the data have; `options` are config.evaluate."""
  own = learning.task(dataset)[0] if network.name == 'classifier' else ''
  own = own if own == 'label' and own in kinds else ''
  others = tuple(kind for kind in kinds if names(dataset)[kind] and kind != own)
  return Readers(own, others, reading.make(others, dataset, options.cache) if others else None)


def names(dataset: Dataset) -> dict[str, Sequence[str]]:
  """Of classes, attributes and values."""
  ranges = dict(dataset.facts).get('value_ranges', ())
  values = [name for name, _, _ in ranges]
  return {'label': dataset.label_names, 'attributes': dataset.attribute_names, 'values': values}
