"""Judges that read of images what a conditional GAN was asked for: one for each kind of condition."""

from collections.abc import Sequence
from typing import Any

from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import networks
from gan_jax.evaluation.networks import classifier, learning


def of(
  network: networks.Network, kinds: Sequence[str], options: Any, dataset: Dataset, test_set: Dataset | None
) -> dict[str, networks.Network]:
  """{kind: the judge} of conditions that G is asked for and the data have; it may be the `network`."""
  mine = learning.task(dataset)[0] if options.network == 'classifier' else ''
  known = {'label': dataset.label_names, 'attributes': dataset.attribute_names}
  known['values'] = dict(dataset.facts).get('value_ranges', ())
  judge = lambda kind: classifier.of(dataset, test_set or dataset, options.cache, kind=kind)
  return {kind: network if kind == mine else judge(kind) for kind in kinds if known[kind]}


def names(dataset: Dataset) -> dict[str, Sequence[str]]:
  """Of classes, attributes and values."""
  ranges = dict(dataset.facts).get('value_ranges', ())
  values = [name for name, _, _ in ranges]
  return {'label': dataset.label_names, 'attributes': dataset.attribute_names, 'values': values}
