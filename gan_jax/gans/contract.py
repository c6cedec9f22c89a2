"""What a GAN is to all other code: pure functions on dictionaries of arrays, and how its output is shown."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax import errors
from gan_jax.gans import averages

Batch = Mapping[str, Any]  # {name: [B, ...]}
Images = Float[Array | np.ndarray, ' B *shape']  # or points, sound, text: what a game is about
Variables = dict[str, dict]  # {group: {collection: pytree}}; the groups 'g' and 'd' have 'params'


@dataclasses.dataclass(frozen=True)
class Styles:
  """A generator in two parts, whose latents become styles first; `generate` does the same in one."""

  mapping: Callable  # (variables, drawn) -> styles [B, L, W]: those of L layers, the first ones coarse
  synthesis: Callable  # (variables, drawn, styles) -> fakes {name: [B, ...]}
  mean: Callable | None = None  # (variables) -> [W]; without it the mean of many draws is taken


@dataclasses.dataclass(frozen=True)
class Presentation:
  """How what a GAN makes is shown, asked for and scored; training reads `output` alone."""

  view: str = 'images'  # a module in views/, or a dotted path of one's own
  output: str = 'image'  # what is shown: its name in the fakes, and in the batch, of the real ones
  # {what may be asked for: (least, most)}; other arrays that `draw` gives may be asked for without bounds
  ranges: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
  # {what may be asked for: what a caller says, text say -> its array [...] or [N, ...]; raises UserError}
  encoders: Mapping[str, Callable] = dataclasses.field(default_factory=dict)
  show: Callable | None = None  # (batch, fakes) -> {heading: images [B, H, W, C]}, side by side in grids
  score: Callable | None = None  # (batch, fakes) -> {name: [B]} of the test split; without it a judge scores
  # drawn {name: [B, ...]} -> (headings, the same [B * rows, ...], row after row in each column, with what a
  # row asks for): what is shown while it trains; without it what `draw` gives, a row for each 'fake_caption'
  sheet: Callable | None = None
  # arrays of the data that a judge, which learns from real images, reads off images for `score`: the batch
  # then has 'read' {name: [B, ...]} of the real ones, and the fakes have that of the output
  reads: tuple[str, ...] = ()
  examine: Callable | None = None  # (variables, batch, rng) -> {name: [B]}: scores of the networks themselves
  figures: Callable | None = None  # (variables, batch, rng) -> {file name: {heading: images [B, H, W, C]}}
  # {name of images in the batch: name of what is made of them in the fakes}; the way back comes second
  translates: Mapping[str, str] = dataclasses.field(default_factory=dict)
  styles: Styles | None = None  # by which what is learned is looked into, instead of by latents: see space.py

  @property
  def from_noise(self) -> bool:
    """Whether G makes its output of what `draw` gives alone, and so needs no data once it is trained."""
    return not self.translates


@dataclasses.dataclass(frozen=True)
class GAN:
  """A game as pure functions of pytrees; the trainer never sees a network.

  `batch` is {**data, **drawn, 'step': []}, names disjoint, images in [-1, 1] as [B, H, W, C]. New collections
  are parts of `variables` other than params, such as {'d': {'batch_stats': ...}}, that `init` has made.
  Groups of variables other than 'g' and 'd' have no optimizer: params in them stay as they are.
  """

  init: Callable  # (rng, batch) -> variables {'g': {'params', ...}, 'd': {'params', ...}, ...}
  draw: Callable  # (rng, batch) -> {name: [B, ...]}: all that G needs besides the data that it translates
  generate: Callable  # (variables, batch, rng, train) -> fakes {name: [B, ...]}, new collections
  # (variables, batch, images, side='fake') -> {'logits': ..., 'features': ...}; the 'real' side has the
  # conditions of the data in the batch, the other those that were asked for
  discriminate: Callable | None
  d_loss: Callable | None  # (variables, batch, fakes, rng) -> loss [], (new collections, metrics {name: []})
  g_loss: Callable  # the same; differentiated with respect to `fakes`
  presentation: Presentation = Presentation()


def join(data: Batch, drawn: Batch, step: Any) -> dict[str, Any]:
  """The batch that losses see. Raises ValueError where `drawn` would hide a part of `data`."""
  if hidden := set(data) & set(drawn):
    raise ValueError(f'draw() gives what the data has: {sorted(hidden)}; call it fake_{min(hidden)}')
  return {**data, **drawn, 'step': step}


def sample(
  gan: GAN, variables: Variables, data: Batch, rng: PRNGKeyArray, drawn: Batch | None = None
) -> tuple[dict[str, Any], dict[str, jax.Array]]:
  """(batch, fakes) of a G that does not train, of what `draw` gives for these data, or of `drawn`.

  A game from noise has nothing but what is drawn to make its fakes of; of the `data` it sees shapes alone.
  Raises UserError if it asks for more.
  """
  drawn = gan.draw(rng, data) if drawn is None else drawn
  batch = join(data, drawn, 0)
  given = {**drawn, 'step': 0} if gan.presentation.from_noise else batch
  try:
    fakes, _ = gan.generate(variables, given, rng, train=False)
  except KeyError as error:
    if error.args[0] not in data:
      raise
    raise errors.UserError(
      f'G reads {error.args[0]!r} of the data, which it has in training only: draw() must give what G needs'
    ) from error
  return batch, fakes


def averaged(state: Any) -> Variables:
  """The variables of a TrainState to sample with: G's running average where there is one, see averages.py."""
  return {**state.variables, 'g': averages.usual(state.ema)} if state.ema else state.variables


def merge(variables: Variables, new: Mapping[str, Mapping]) -> Variables:
  """Variables with new collections in the place of old ones.

  Raises ValueError for collections that `init` did not make.
  """
  for group, collections in new.items():
    for collection in collections:
      if collection not in variables.get(group, {}):
        raise ValueError(f'{group}/{collection} is new: init() must make every collection that changes')
  return {group: {**collections, **new.get(group, {})} for group, collections in variables.items()}


def with_params(variables: Variables, side: str, params: Any) -> Variables:
  """Variables with other params for one side ('g' or 'd')."""
  return merge(variables, {side: {'params': params}})
