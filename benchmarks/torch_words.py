"""The game of gan_jax.gans.gawwn in PyTorch eager, with what makes that fast.

D reads right and wrong captions at once, and looks once at real images that it judges with both: the losses
are the same, the work is less.
"""

import torch
from torch import nn
from torch.nn.functional import embedding, max_pool1d, pad

from benchmarks import torch_game, torch_placed
from benchmarks.torch_updates import LOSSES, check, update
from gan_jax.data.words import PADDING

HERE = {
  'loss': ('non_saturating', 'hinge'),
  'penalty.r1': (0,),
  'penalty.r2': (0,),
  'train.d_steps': (1,),
  'gan.place': ('box',),
  'gan.mismatched': (True,),
  'gan.interpolation': (0,),
  'gan.encoder': ('',),
}


def make(config, dataset, layout='NCHW', fused=False):
  """{'g', 'd', 'g_adam', 'd_adam', 'step', 'draw': latents without end}; see torch_game.make.

  Raises UserError for games that are not here.
  """
  check(config, HERE)
  vocabulary, shape = len(dict(dataset.facts)['vocabulary']), dataset.image_shape
  networks = torch_placed.Generator(config, shape), torch_placed.Discriminator(config, shape)
  for network in networks:
    network.read = Encoder(vocabulary, config.gan.reading_dim, config.gan.reading_widths)
  parts = torch_game.players(config, *networks, layout, fused)
  return {**parts, 'step': step, 'draw': torch_game.latents(config, config.train.batch_size)}


def step(parts, config, real, caption, wrong, box):
  """{'d/loss', 'g/loss'}, tensors []: an update of D, which has to reject `wrong` captions, and one of G."""
  (g, d), (of_d, of_g) = (parts['g'], parts['d']), LOSSES[config.loss]
  fake = g(g.read(caption), next(parts['draw']), box)
  right, other = d.read(torch.cat([caption, wrong])).chunk(2)
  seen = d.look(real)
  accepted = d(right, seen, box)
  rejected = torch.cat([d(right, d.look(fake.detach()), box), d(other, seen, box)])
  d_loss = of_d(accepted, rejected)
  update(parts, 'd', d_loss)
  with torch.no_grad():
    right = d.read(caption)
  g_loss = of_g(None, d(right, d.look(fake), box))
  update(parts, 'g', g_loss)
  return {'d/loss': d_loss.detach(), 'g/loss': g_loss.detach()}


class Encoder(nn.Module):
  """Captions [B, L] to vectors [B, dim]: see gan_jax.models.characters."""

  def __init__(self, vocabulary, dim, widths, kernel=4):
    super().__init__()
    channels = (vocabulary, *widths[:-1])
    one_hot = torch.eye(vocabulary)
    one_hot[PADDING] = 0
    self.register_buffer('one_hot', one_hot)
    self.kernel = kernel
    self.convolutions = nn.ModuleList(map(nn.Conv1d, channels, widths, [kernel] * len(widths)))
    self.gru = nn.GRU(widths[-1], widths[-1], batch_first=True)
    self.vector = nn.Linear(widths[-1], dim)
    hold_biases(self.gru)

  def forward(self, captions):
    told = (captions != PADDING)[:, None].float()
    hidden = embedding(captions, self.one_hot).mT
    before = (self.kernel - 1) // 2
    for layer in self.convolutions:
      hidden = layer(pad(hidden, (before, self.kernel - 1 - before))).relu()
      hidden, told = pooled(hidden), pooled(told)
    states, _ = self.gru(hidden.mT)
    told = told.mT
    return self.vector((states * told).sum(1) / told.sum(1).clamp(min=1))


def pooled(values):
  """The maxima of threes in [B, C, L], with padding that counts for nothing as 'SAME' has it."""
  return max_pool1d(values, 3, padding=(-values.shape[-1] % 3) // 2, ceil_mode=True)


def hold_biases(gru):
  """Keeps at zero the two biases of its gates that PyTorch's GRU has more than flax's."""
  gates = 2 * gru.hidden_size
  kept = torch.cat([torch.zeros(gates), torch.ones(gru.hidden_size)])
  nn.init.zeros_(gru.bias_hh_l0)
  gru.bias_hh_l0.register_hook(lambda gradient: gradient * kept.to(gradient.device))
