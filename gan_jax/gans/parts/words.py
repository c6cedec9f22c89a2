"""How a game's networks read captions: by an encoder that they learn, or one that another run has learned."""

from pathlib import Path

import jax
from flax import linen as nn
from ml_collections import ConfigDict

from gan_jax import configs, errors, models
from gan_jax.configs.fields import SOME, Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import Batch, Variables
from gan_jax.models.characters import Encoder, Reader
from gan_jax.runs import checkpoints
from gan_jax.runs import folder as runs

OPTIONS = {
  'encoder': Field(
    '', about="a run of gan.name=caption_encoder that reads; '': G and D learn to, each its own"
  ),
  'reading_dim': Field(128, '>= 1', 'numbers in the vector of a caption, of encoders that G and D learn'),
  'reading_widths': Field((48, 64), '>= 1', 'of their layers; the GRU has the last', SOME),
}
GROUP = 'words'  # of the variables: the frozen encoder's
CAPTIONS = ('caption', 'caption_wrong', 'fake_caption')


class Words:
  """The captions of a game: how its networks are given them."""

  def __init__(self, config: ConfigDict, spec: Spec):
    """Raises UserError for data without captions, and for a run that cannot read them."""
    spec.shape('caption')
    self.options, self.vocabulary = config.gan, len(spec.vocabulary)
    self.dtype = None if config.train.dtype == 'float32' else config.train.dtype
    self._read, frozen = _load(config.gan.encoder, spec) if config.gan.encoder else (None, {})
    self.frozen = {GROUP: frozen} if frozen else {}

  def reader(self, network: nn.Module, share: float = 0.5) -> Reader:
    """The network, which is now called with captions before its other inputs, as `read` gives them.

    `share` is what the first of two captions of one image counts.
    """
    if self._read:
      return Reader(network, share=share)
    options = self.options
    encoder = Encoder(self.vocabulary, options.reading_dim, tuple(options.reading_widths), dtype=self.dtype)
    return Reader(network, encoder, share)

  def read(self, variables: Variables, batch: Batch) -> dict:
    """The batch with its captions as the networks take them: as they are, or read by the frozen encoder."""
    if not self._read:
      return dict(batch)

    def read(captions):
      vectors = self._read(variables[GROUP], captions.reshape(-1, captions.shape[-1]))
      return jax.lax.stop_gradient(vectors).reshape(*captions.shape[:-1], -1)

    return {**batch, **{name: read(batch[name]) for name in CAPTIONS if name in batch}}


def _load(folder, spec):
  """(read, variables) of a run: read(variables, captions [B, L]) -> vectors [B, E]. Raises UserError."""
  run = runs.Run(Path(folder))
  stored, theirs = run.stored()
  config = configs.complete(stored)
  if config.gan.name != 'caption_encoder':
    raise errors.UserError(f'gan.encoder={folder}: a run of gan.name=caption_encoder, not {config.gan.name}')
  if theirs.vocabulary != spec.vocabulary:
    raise errors.UserError(
      f'gan.encoder={folder} has learned to read other characters than those of the data'
    )
  network = models.make(config, 'generator', vocabulary=len(theirs.vocabulary))
  with checkpoints.Checkpoints(run.checkpoints) as saved:
    variables = saved.restore_part('variables')['g']
  return lambda variables, captions: network.apply(variables, captions, method='read'), variables
