"""Losses against hand arithmetic, their known optima, extreme logits and mistaken shapes."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from gan_jax import losses

NAMES = losses.NAMES
LOSSES = [pytest.param(getattr(losses, name), id=name) for name in NAMES]
PLAYERS = ['discriminator', 'generator']
NEED_REAL = (losses.relativistic, losses.relativistic_average)

REAL, FAKE = jnp.array([2.0, -1.0]), jnp.array([0.5, -3.0])


def softplus(x):
  return math.log1p(math.exp(x))


def pairs_apart(shape=(6,)):
  """Real and fake logits that keep clear of the hinge's kinks."""
  rng = np.random.default_rng(0)
  return jnp.array(rng.uniform(-0.8, 0.8, (2, *shape)), jnp.float32)


@pytest.mark.parametrize(
  ('loss', 'd', 'g'),
  [
    (
      losses.minimax,
      (softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2,
      -(softplus(0.5) + softplus(-3)) / 2,
    ),
    (
      losses.non_saturating,
      (softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2,
      (softplus(-0.5) + softplus(3)) / 2,
    ),
    (losses.least_squares, (1 + 4) / 4 + (0.25 + 9) / 4, (0.25 + 16) / 4),
    (losses.hinge, (0 + 2) / 2 + (1.5 + 0) / 2, 1.25),
    (losses.random_margin_hinge, (0 + 1.9) / 2 + (1.4 + 0) / 2, 1.25),  # margins of 0.9 on average
    (losses.wasserstein, -1.25 - 0.5, 1.25),
    (losses.relativistic, (softplus(-1.5) + softplus(-2)) / 2, (softplus(1.5) + softplus(2)) / 2),
    (  # the mean real logit is 0.5, the mean fake one -1.25
      losses.relativistic_average,
      (softplus(-3.25) + softplus(-0.25)) / 2 + (softplus(0) + softplus(-3.5)) / 2,
      (softplus(0) + softplus(3.5)) / 2 + (softplus(3.25) + softplus(0.25)) / 2,
    ),
  ],
  ids=lambda value: getattr(value, '__name__', ''),
)
def test_golden_values(loss, d, g):
  for player, expected in zip(PLAYERS, (d, g), strict=True):
    function = getattr(loss, player)
    assert function(REAL, FAKE).shape == ()
    assert function(REAL, FAKE).dtype == jnp.float32
    np.testing.assert_allclose(function(REAL, FAKE), expected, rtol=1e-6)
    patches = REAL.reshape(1, 2, 1), FAKE.reshape(1, 2, 1)
    np.testing.assert_allclose(jax.jit(function)(*patches), expected, rtol=1e-6)


@pytest.mark.parametrize('name', [name for name in NAMES if name != 'relativistic'])
def test_the_two_terms_add_up(name):
  loss = getattr(losses, name)
  on_real, on_fake = loss.terms(REAL, FAKE)
  np.testing.assert_allclose(on_real + on_fake, loss.discriminator(REAL, FAKE))
  if name != 'relativistic_average':  # each looks at its own logits alone
    np.testing.assert_array_equal(on_real, loss.terms(REAL, FAKE + 1)[0])
    np.testing.assert_array_equal(on_fake, loss.terms(REAL + 1, FAKE)[1])


@pytest.mark.parametrize(
  ('loss', 'right'),
  [  # of the four logits of REAL and FAKE, a tie counting half
    *[(losses.minimax, 2), (losses.non_saturating, 2), (losses.hinge, 2), (losses.random_margin_hinge, 2)],
    *[(losses.least_squares, 2.5), (losses.wasserstein, 3.5), (losses.relativistic_average, 3.5)],
    (losses.relativistic, 4),  # two of two pairs
  ],
)
def test_accuracy_is_the_share_of_logits_on_their_side(loss, right):
  assert loss.accuracy(REAL, FAKE) == right / 4
  assert jax.jit(loss.accuracy)(REAL.reshape(1, 2, 1), FAKE.reshape(1, 2, 1)) == right / 4


@pytest.mark.parametrize('loss', LOSSES)
def test_accuracy_is_a_half_where_nothing_can_be_told_and_1_where_all_can(loss):
  logits = jnp.array(np.random.default_rng(0).normal(size=(500, 2, 2)), jnp.float32)
  shift = 0.5 if loss is losses.least_squares else 0.0
  constant = jnp.full((7,), shift)
  assert loss.accuracy(constant, constant) == 0.5
  np.testing.assert_allclose(loss.accuracy(logits + shift, logits[::-1] + shift), 0.5, atol=0.03)
  assert loss.accuracy(logits + 9, logits - 9) == 1
  assert loss.accuracy(logits - 9, logits + 9) == 0


def test_with_smoothing_a_logit_is_right_beyond_that_of_a_d_that_cannot_tell():
  """There D's loss is at its lowest for images that are as often real as fake."""
  undecided = math.log(0.9 / 1.1)
  slope = jax.grad(lambda logit: losses.minimax.discriminator(logit, logit, smoothing=0.1))(undecided)
  np.testing.assert_allclose(slope, 0, atol=1e-6)
  accuracy = lambda real, fake: losses.non_saturating.accuracy(
    jnp.array([real]), jnp.array([fake]), smoothing=0.1
  )
  assert accuracy(undecided + 0.01, undecided - 0.01) == 1
  assert accuracy(0.0, 0.0) == 0.5


@pytest.mark.parametrize('loss', LOSSES)
def test_derivatives_to_second_order(loss):
  both = jax.jit(lambda *logits: loss.discriminator(*logits) + 0.3 * loss.generator(*logits))
  with jax.enable_x64(True):
    check_grads(both, tuple(pairs_apart().astype(jnp.float64)), order=2, modes=['rev'])


@pytest.mark.parametrize('loss', LOSSES)
def test_huge_logits_stay_finite(loss):
  corners = jnp.array([(r, f) for r in (-1e4, 1e4) for f in (-1e4, 1e4)])
  logits = jnp.repeat(corners.T[..., None], 5, axis=-1)  # [real and fake, corner, B]

  @jax.jit
  @jax.vmap
  def derivatives(*logits):
    firsts = [jax.value_and_grad(getattr(loss, player), (0, 1)) for player in PLAYERS]
    slope = lambda real, fake: sum(jnp.sum(first(real, fake)[1][1] ** 2) for first in firsts)
    return [first(*logits) for first in firsts], jax.grad(slope, 1)(*logits)

  assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(derivatives(*logits)))


def test_a_random_margin_is_met_by_its_mean():
  """Of 100,000 margins drawn in [0.8, 1], in value and in slope, where logits lie among them, too."""
  margins = np.random.default_rng(0).uniform(0.8, 1.0, 100_000)
  for logit in (0.5, 0.85, 0.93, 1.1):
    value, slope = jax.value_and_grad(lambda real: losses.random_margin_hinge.terms(real, real)[0])(logit)
    np.testing.assert_allclose(value, np.maximum(margins - logit, 0).mean(), atol=1e-3)
    np.testing.assert_allclose(slope, -(margins > logit).mean(), atol=5e-3)


def test_saturation():
  """At +-1e4 the non-saturating generator has its full gradient, minimax's none where D is sure."""
  sure = jnp.full(4, -1e4)
  np.testing.assert_array_equal(jax.grad(losses.minimax.generator, 1)(None, sure), np.zeros(4))
  np.testing.assert_array_equal(jax.grad(losses.non_saturating.generator, 1)(None, sure), np.full(4, -0.25))


@pytest.mark.parametrize('loss', LOSSES)
@pytest.mark.parametrize('player', PLAYERS)
def test_bfloat16_is_averaged_in_float32(loss, player):
  """A bfloat16 mean of 1,000 logits would be off by much more than the rounding of the logits."""
  function = jax.jit(getattr(loss, player))
  for scale in (1, 1e4):
    logits = (scale * pairs_apart((1000,))).astype(jnp.bfloat16)
    assert function(*logits).dtype == jnp.float32
    np.testing.assert_allclose(function(*logits), function(*logits.astype(jnp.float32)), rtol=1e-6)


@pytest.mark.parametrize('loss', LOSSES)
@pytest.mark.parametrize('player', PLAYERS)
def test_order_of_examples_does_not_matter(loss, player):
  real, fake = np.asarray(pairs_apart((8, 2, 2, 1)))
  function, order, other = jax.jit(getattr(loss, player)), np.arange(8)[::-1], np.roll(np.arange(8), 3)
  if loss is losses.relativistic:  # what is paired must stay so
    other = order
  np.testing.assert_allclose(function(real[order], fake[other]), function(real, fake), rtol=1e-5)


@pytest.mark.parametrize('loss', LOSSES)
def test_players_pull_fake_logits_apart(loss):
  """D lowers the fake logits and lifts the real ones; G lifts the fake ones, whatever the loss."""
  real, fake = pairs_apart()
  if loss is losses.least_squares:  # it pulls towards 0
    fake = jnp.abs(fake)
  d_real, d_fake = jax.jit(jax.grad(loss.discriminator, (0, 1)))(real, fake)
  assert (d_real < 0).all()
  assert (d_fake > 0).all()
  assert (jax.jit(jax.grad(loss.generator, 1))(real, fake) < 0).all()


def log_ratio(p, q):
  return np.log(p / q)


@pytest.mark.parametrize(
  ('discriminator', 'best'),
  [
    (losses.minimax.discriminator, log_ratio),  # Goodfellow et al. 2014, prop. 1: D = p / (p + q)
    (losses.non_saturating.discriminator, log_ratio),
    (losses.least_squares.discriminator, lambda p, q: p / (p + q)),  # Mao et al. 2017, eq. 5
    (  # smoothed: D = (1 - s) p / (p + q), Salimans et al. 2016, sec. 3.4
      lambda real, fake: losses.minimax.discriminator(real, fake, smoothing=0.1),
      lambda p, q: np.log(0.9 * p / (0.1 * p + q)),
    ),
    (  # every real against every fake
      lambda real, fake: losses.relativistic.discriminator(jnp.repeat(real, 12), jnp.tile(fake, 12)),
      log_ratio,
    ),
  ],
  ids=['minimax', 'non_saturating', 'least_squares', 'smoothed', 'relativistic'],
)
def test_best_discriminator(discriminator, best):
  """On three outcomes, drawn (1, 4, 7) times as real and (6, 4, 2) as fake, D's known optimum is one."""
  p, q = np.array([1, 4, 7]), np.array([6, 4, 2])
  real, fake = np.repeat(np.arange(3), p), np.repeat(np.arange(3), q)
  loss = jax.jit(lambda logits: discriminator(logits[real], logits[fake]))
  logits = jnp.asarray(best(p / 12, q / 12), jnp.float32)
  np.testing.assert_allclose(jax.grad(loss)(logits), np.zeros(3), atol=1e-6)
  assert all(
    loss(logits) < loss(logits + 0.1 * step) for step in np.array([[1, 0, 0], [0, 1, 0], [0, 0, -1]])
  )


def test_values_where_fakes_are_perfect():
  """With D blind: log 4 (Goodfellow et al. 2014, thm. 1), 1/4 and 1/8, 2, 0, log 2 and twice that."""
  zero, half = jnp.zeros(4), jnp.full(4, 0.5)
  np.testing.assert_allclose(losses.minimax.discriminator(zero, zero), math.log(4), rtol=1e-6)
  np.testing.assert_allclose(losses.least_squares.discriminator(half, half), 1 / 4)
  np.testing.assert_allclose(losses.least_squares.generator(None, half), 1 / 8)
  np.testing.assert_allclose(losses.hinge.discriminator(zero, zero), 2)
  assert losses.wasserstein.discriminator(half, half) == 0
  np.testing.assert_allclose(losses.relativistic.discriminator(half, half), math.log(2), rtol=1e-6)
  np.testing.assert_allclose(losses.relativistic_average.discriminator(half, half), math.log(4), rtol=1e-6)


@pytest.mark.parametrize('loss', NEED_REAL)
def test_relativistic_losses_swap_roles_and_ignore_shifts(loss):
  real, fake = pairs_apart()
  np.testing.assert_allclose(loss.generator(real, fake), loss.discriminator(fake, real), rtol=1e-6)
  np.testing.assert_allclose(
    loss.discriminator(real + 5, fake + 5), loss.discriminator(real, fake), rtol=1e-5
  )


@pytest.mark.parametrize('loss', LOSSES)
def test_generators_take_none_where_real_logits_do_not_matter(loss):
  real, fake = pairs_apart()
  if loss in NEED_REAL:
    with pytest.raises(ValueError, match='cannot be None'):
      loss.generator(None, fake)
  else:
    assert loss.generator(None, fake) == loss.generator(real, fake)
    np.testing.assert_array_equal(jax.grad(loss.generator)(real, fake), np.zeros(6))
  with pytest.raises(ValueError, match='cannot be None'):
    loss.discriminator(None, fake)


@pytest.mark.parametrize('loss', LOSSES)
@pytest.mark.parametrize('player', PLAYERS)
@pytest.mark.parametrize(
  ('real', 'fake'), [((4,), (4, 1, 1, 1)), ((4,), (4, 1)), ((4, 3, 3, 1), (4, 1, 1, 1)), ((), (1,))]
)
def test_shapes_that_would_broadcast_raise(loss, player, real, fake):
  for shapes in ((real, fake), (fake, real)):
    with pytest.raises(ValueError, match='real and fake logits'):
      getattr(loss, player)(*map(jnp.zeros, shapes))


@pytest.mark.parametrize('loss', LOSSES)
@pytest.mark.parametrize('player', PLAYERS)
def test_batch_sizes_may_differ_unless_paired(loss, player):
  real, fake = jnp.ones(6), jnp.ones(4)
  if loss is losses.relativistic:
    with pytest.raises(ValueError, match='pairs'):
      getattr(loss, player)(real, fake)
  else:
    np.testing.assert_allclose(getattr(loss, player)(real, fake), getattr(loss, player)(real[:4], fake))


def test_smoothing_is_one_sided_cross_entropy():
  """A target of 0.9 for the real ones, and still 0 for the fake ones."""
  target = 0.9 * (softplus(-2) + softplus(1)) / 2 + 0.1 * (softplus(2) + softplus(-1)) / 2
  expected = target + (softplus(0.5) + softplus(-3)) / 2
  for loss in (losses.minimax, losses.non_saturating):
    np.testing.assert_allclose(loss.discriminator(REAL, FAKE, smoothing=0.1), expected, rtol=1e-6)


def test_numpy_and_integer_logits():
  np.testing.assert_allclose(losses.hinge.discriminator(np.array([2, -1]), np.array([0, -3])), 1.5)
