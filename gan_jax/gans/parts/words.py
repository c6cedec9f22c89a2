"""How a game's networks read captions: by an encoder that they learn, or one that another run has learned.

That of another run has seen images, too: it tells G how far what it draws agrees with what was asked for.
"""

from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import configs, errors, models
from gan_jax.configs.fields import SOME, Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import Batch, Images, Variables
from gan_jax.gans.parts import agreement
from gan_jax.models import layers
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
FRAME = 2.0  # of a box, what an encoder is shown: about as much around a head as its own images have


class Words:
  """The captions of a game: how its networks are given them."""

  def __init__(self, config: ConfigDict, spec: Spec):
    """Raises UserError for data without captions, and for a run that cannot read them."""
    spec.shape('caption')
    self.options, self.vocabulary = config.gan, len(spec.vocabulary)
    self.dtype = None if config.train.dtype == 'float32' else config.train.dtype
    self._encoder, frozen = _load(config.gan.encoder, spec) if config.gan.encoder else (None, {})
    self.frozen = {GROUP: frozen} if frozen else {}

  def reader(self, network: nn.Module, share: float = 0.5) -> Reader:
    """The network, which is now called with captions before its other inputs, as `read` gives them.

    `share` is what the first of two captions of one image counts.
    """
    if self._encoder:
      return Reader(network, share=share)
    options = self.options
    encoder = Encoder(self.vocabulary, options.reading_dim, tuple(options.reading_widths), dtype=self.dtype)
    return Reader(network, encoder, share)

  def read(self, variables: Variables, batch: Batch) -> dict:
    """The batch with its captions as the networks take them: as they are, or read by the frozen encoder."""
    if not self._encoder:
      return dict(batch)

    def read(captions):
      flat = captions.reshape(-1, captions.shape[-1])
      vectors = self._encoder.network.apply(variables[GROUP], flat, method='read')
      return jax.lax.stop_gradient(vectors).reshape(*captions.shape[:-1], -1)

    return {**batch, **{name: read(batch[name]) for name in CAPTIONS if name in batch}}

  def disagreement(self, variables: Variables, batch: Batch, images: Images) -> Float[Array, '']:
    """The loss by which the encoder has learned, of images of the captions of a batch as `read` gives it.

    Zero where each goes best with its own caption, by the margin. A network that knows how words and images
    agree teaches G in AttnGAN (Xu et al. 2018, https://arxiv.org/abs/1711.10485, sec. 3.2), too.
    """
    looks = self._encoder.network.apply(variables[GROUP], self._framed(batch, images), method='look')
    vectors = {'words': batch['fake_caption'], 'looks': looks}
    if 'caption_wrong' in batch:  # of the same captions, which `draw` takes from the batch
      vectors['caption_wrong'] = batch['caption_wrong']
    return agreement.loss(agreement.scores(vectors), vectors, self._encoder.margin)

  def _framed(self, batch, images):
    """Images as large as the encoder's; the surroundings of the box, where there is one."""
    size = self._encoder.size
    if 'fake_box' not in batch:
      return jax.image.resize(images, (len(images), *size, images.shape[-1]), 'bilinear')
    low, high = jnp.split(batch['fake_box'], 2, 1)
    middle, half = (low + high) / 2, FRAME * (high - low) / 2
    return layers.crop(images, jnp.concatenate([middle - half, middle + half], 1), size)


class _Encoder(NamedTuple):
  """What another run has learned."""

  network: nn.Module
  size: tuple[int, int]  # of the images that it has seen
  margin: float


def _load(folder, spec):
  """(_Encoder, its variables) of a run. Raises UserError."""
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
  return _Encoder(network, tuple(config.data.size), config.gan.margin), variables
