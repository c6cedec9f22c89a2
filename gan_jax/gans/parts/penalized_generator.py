"""A GAN whose losses have the penalties of the config that look at G; it combines with any game.

G is differentiated once, by its fakes. So what a penalty makes of G, its `play`, goes with the fakes from
`generate` to the losses, and a game sees nothing of it: G's penalties are added to what its `g_loss` gives,
those of D, which does not teach G, find it in the batch of `d_loss`.
"""

import dataclasses

import jax
from ml_collections import ConfigDict

from gan_jax.gans import penalties
from gan_jax.gans.contract import GAN
from gan_jax.gans.penalties import PLAYED

GROUP = 'g_state'  # of variables: the state of G's penalties


def penalized(gan: GAN, config: ConfigDict) -> GAN:
  """`gan` with those penalties of config.penalty; itself where there are none. Raises UserError."""
  of_g = penalties.Penalties(config.penalty, 'g')
  of_d = penalties.Penalties(config.penalty, 'd')
  if not of_g and not of_d.playing:
    return gan
  states = of_g.init()

  def init(rng, batch):
    return {**gan.init(rng, batch), **({GROUP: states} if states else {})}

  def generate(variables, batch, rng, train):
    fakes, new = gan.generate(variables, batch, rng, train)
    if not train:
      return fakes, new
    generated = penalties.Generated(
      generate=lambda batch: gan.generate(variables, batch, rng, train)[0],
      batch=batch,
      fakes=fakes,
      output=gan.presentation.output,
      params=variables['g']['params'],
      rng=jax.random.fold_in(rng, 1),
    )
    return {**fakes, PLAYED: {**jax.lax.stop_gradient(of_d.play(generated)), **of_g.play(generated)}}, new

  def d_loss(variables, batch, fakes, rng):
    fakes, played = apart(fakes)
    return gan.d_loss(variables, {**batch, PLAYED: played}, fakes, rng)

  def g_loss(variables, batch, fakes, rng):
    fakes, played = apart(fakes)
    loss, (new, metrics) = gan.g_loss(variables, batch, fakes, rng)
    context = penalties.GeneratorContext(batch['step'], None)
    progress = penalties.progress(config, batch['step'])
    penalty, terms, after = of_g(context, variables.get(GROUP, {}), progress, played)
    loss = loss + penalty
    return loss, ({**new, **({GROUP: after} if after else {})}, {**metrics, **terms, 'loss': loss})

  changed = {'init': init, 'generate': generate, 'd_loss': gan.d_loss and d_loss, 'g_loss': g_loss}
  return dataclasses.replace(gan, **changed)


def apart(fakes: dict) -> tuple[dict, dict]:
  """(the fakes of the game, what penalties made of G)."""
  return {name: fake for name, fake in fakes.items() if name != PLAYED}, fakes[PLAYED]
