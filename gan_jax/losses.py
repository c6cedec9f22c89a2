"""Adversarial losses on logits: `losses.NAME.discriminator` and `losses.NAME.generator`, to be minimised.

Every function takes (real_logits, fake_logits) of any shape, [B] or a patch discriminator's [B, h, w, 1],
never probabilities, and gives a mean over all of them: a float32 scalar, stable at logits of +-1e4 and in
bfloat16. Real and fake may differ in batch size, but not for `relativistic`, which pairs them. Generators
that do not look at the real logits accept None for them; others raise ValueError, as do all where shapes
disagree. Where D's loss is a sum of one term on the real and one on the fake images, `losses.NAME.terms`
gives the two. `losses.NAME.accuracy` is the share of logits by which D is right, as that loss has it.

In the formulas r and f are real and fake logits, E their means, and softplus(x) = log(1 + exp(x)), so that
-log(sigmoid(x)) = softplus(-x) and -log(1 - sigmoid(x)) = softplus(x).
"""

import jax.numpy as jnp
from jax.nn import relu, softplus
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Real

Logits = Real[ArrayLike, '...']
Scalar = Float[Array, '']
NAMES = (
  *('minimax', 'non_saturating', 'least_squares', 'wasserstein', 'hinge'),
  *('random_margin_hinge', 'relativistic', 'relativistic_average'),
)


class _Sum:
  """A discriminator's loss that is a sum of two `terms`: one on the real logits and one on the fake."""

  @classmethod
  def discriminator(cls, real_logits: Logits | None, fake_logits: Logits, **options: float | Array) -> Scalar:
    """The sum of `terms`, which takes the same arguments."""
    return sum(cls.terms(real_logits, fake_logits, **options))

  undecided = 0.0  # the logit of a D that cannot tell, without smoothing

  @classmethod
  def zero(cls, smoothing: float | Array = 0.0) -> Scalar:
    """c, the logit of a D that cannot tell, which smoothing lowers."""
    return cls.undecided + jnp.log1p(-smoothing) - jnp.log1p(smoothing)

  @classmethod
  def accuracy(cls, real_logits: Logits, fake_logits: Logits, smoothing: float | Array = 0.0) -> Scalar:
    """The mean of P(r > c) and P(f < c)."""
    real, fake = _floats(real_logits, fake_logits)
    return _right(real - cls.zero(smoothing), cls.zero(smoothing) - fake)


class minimax(_Sum):
  """The zero-sum game of Goodfellow et al. 2014, eq. 1: https://arxiv.org/abs/1406.2661."""

  @staticmethod
  def terms(
    real_logits: Logits | None, fake_logits: Logits, smoothing: float | Array = 0.0
  ) -> tuple[Scalar, Scalar]:
    """E[softplus(-r)] and E[softplus(f)]: the cross entropy of telling real from fake.

    `smoothing` lowers the target of the real ones, and of these only, from 1 to 1 - smoothing, which adds
    smoothing * E[r] (Salimans et al. 2016, sec. 3.4: https://arxiv.org/abs/1606.03498).
    """
    real, fake = _floats(real_logits, fake_logits)
    return jnp.mean(softplus(-real) + smoothing * real), jnp.mean(softplus(fake))

  @staticmethod
  def generator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """-E[softplus(f)], which is E[log(1 - D(fake))]: its gradient vanishes where D is sure of the fakes."""
    return -jnp.mean(softplus(_fake(real_logits, fake_logits)))


class non_saturating(minimax):
  """Minimax's discriminator, and a generator that keeps learning: Goodfellow et al. 2014, end of sec. 3."""

  @staticmethod
  def generator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """E[softplus(-f)], which is -E[log D(fake)]."""
    return jnp.mean(softplus(-_fake(real_logits, fake_logits)))


class least_squares(_Sum):
  """LSGAN with targets 0 and 1, Mao et al. 2017, eq. 9: https://arxiv.org/abs/1611.04076."""

  undecided = 0.5

  @staticmethod
  def terms(real_logits: Logits | None, fake_logits: Logits) -> tuple[Scalar, Scalar]:
    """1/2 E[(r - 1)^2] and 1/2 E[f^2]."""
    real, fake = _floats(real_logits, fake_logits)
    return 0.5 * jnp.mean((real - 1) ** 2), 0.5 * jnp.mean(fake**2)

  @staticmethod
  def generator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """1/2 E[(f - 1)^2]."""
    return 0.5 * jnp.mean((_fake(real_logits, fake_logits) - 1) ** 2)


class wasserstein(_Sum):
  """The critic's game of Arjovsky et al. 2017, eqs. 2-3: https://arxiv.org/abs/1701.07875.

  The critic must be kept Lipschitz: clip its weights, or add regularizers.gradient_penalty.
  """

  @staticmethod
  def terms(real_logits: Logits | None, fake_logits: Logits) -> tuple[Scalar, Scalar]:
    """-E[r] and E[f]: their sum is minus the estimate of the distance."""
    real, fake = _floats(real_logits, fake_logits)
    return -jnp.mean(real), jnp.mean(fake)

  @staticmethod
  def accuracy(real_logits: Logits, fake_logits: Logits) -> Scalar:
    """The mean of P(r > E[f]) and P(f < E[r]): the loss has no zero, only differences of logits count."""
    real, fake = _floats(real_logits, fake_logits)
    return _right(real - fake.mean(), real.mean() - fake)

  @staticmethod
  def generator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """-E[f]."""
    return -jnp.mean(_fake(real_logits, fake_logits))


class hinge(_Sum):
  """Lim and Ye 2017, https://arxiv.org/abs/1705.02894; Miyato et al. 2018 (SN-GAN), eqs. 16 and 17."""

  @staticmethod
  def terms(real_logits: Logits | None, fake_logits: Logits) -> tuple[Scalar, Scalar]:
    """E[max(0, 1 - r)] and E[max(0, 1 + f)]."""
    real, fake = _floats(real_logits, fake_logits)
    return jnp.mean(relu(1 - real)), jnp.mean(relu(1 + fake))

  generator = staticmethod(wasserstein.generator)  # -E[f]


class random_margin_hinge(_Sum):
  """A hinge whose margin is drawn from [0.8, 1] for each logit: FastGAN, Liu et al. 2021, in its mean.

  https://arxiv.org/abs/2101.04775 (the authors' code; the paper prints `hinge`). What is given here is the
  mean over margins, in closed form: the gradient is what drawn margins have on average, without their noise.
  """

  @staticmethod
  def terms(real_logits: Logits | None, fake_logits: Logits) -> tuple[Scalar, Scalar]:
    """E[max(0, m - r)] and E[max(0, m + f)] for m uniform in [0.8, 1]."""
    real, fake = _floats(real_logits, fake_logits)
    return jnp.mean(_mean_hinge(real)), jnp.mean(_mean_hinge(-fake))

  generator = staticmethod(wasserstein.generator)  # -E[f]


class relativistic:
  """Each real logit against one fake: RSGAN of Jolicoeur-Martineau 2018, https://arxiv.org/abs/1807.00734.

  The pairing loss of R3GAN (Huang et al. 2024, eq. 2: https://arxiv.org/abs/2501.05441).
  """

  @staticmethod
  def discriminator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """E[softplus(-(r - f))]; the shapes must be equal."""
    real, fake = _floats(real_logits, fake_logits, paired=True)
    return jnp.mean(softplus(fake - real))

  @staticmethod
  def accuracy(real_logits: Logits, fake_logits: Logits) -> Scalar:
    """P(r > f), of the pairs of the loss."""
    real, fake = _floats(real_logits, fake_logits, paired=True)
    return _right(real - fake)

  @staticmethod
  def generator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """E[softplus(-(f - r))]; the shapes must be equal."""
    real, fake = _floats(real_logits, fake_logits, paired=True)
    return jnp.mean(softplus(real - fake))


class relativistic_average(_Sum):
  """Each logit against the mean of the other kind: RaSGAN, in the same paper as `relativistic`.

  As printed there: the sum of two terms, of which the author's code takes half. Means are over all logits,
  a patch discriminator's positions included.
  """

  @staticmethod
  def terms(real_logits: Logits | None, fake_logits: Logits) -> tuple[Scalar, Scalar]:
    """E[softplus(-(r - E[f]))] and E[softplus(f - E[r])]."""
    real, fake = _floats(real_logits, fake_logits)
    return jnp.mean(softplus(fake.mean() - real)), jnp.mean(softplus(fake - real.mean()))

  accuracy = staticmethod(wasserstein.accuracy)

  @staticmethod
  def generator(real_logits: Logits | None, fake_logits: Logits) -> Scalar:
    """E[softplus(-(f - E[r]))] + E[softplus(r - E[f])]."""
    real, fake = _floats(real_logits, fake_logits)
    return jnp.mean(softplus(real.mean() - fake)) + jnp.mean(softplus(real - fake.mean()))


def _floats(real_logits, fake_logits, paired=False):
  """Both in at least float32, once their shapes are found to agree."""
  if real_logits is None:
    raise ValueError('this loss compares real and fake: real_logits cannot be None')
  real, fake = jnp.asarray(real_logits), jnp.asarray(fake_logits)
  if paired and real.shape != fake.shape:
    raise ValueError(f'real and fake logits are compared in pairs, but are {real.shape} and {fake.shape}')
  if real.ndim != fake.ndim or real.shape[1:] != fake.shape[1:]:
    raise ValueError(f'real and fake logits differ beyond the batch: {real.shape} and {fake.shape}')
  return tuple(some.astype(jnp.result_type(real, fake, jnp.float32)) for some in (real, fake))


def _right(*margins):
  """The share of logits whose margin is above 0, each side's weighing alike; a tie is half right."""
  return sum(jnp.mean(jnp.sign(margin)) for margin in margins) / (2 * len(margins)) + 0.5


def _mean_hinge(logits, low=0.8, high=1.0):
  """The mean of max(0, m - logits) over margins m in [low, high]: a parabola between two lines."""
  short = jnp.clip(high - logits, 0, high - low)  # of the margins, by how much they are above the logits
  return short**2 / (2 * (high - low)) + relu(low - logits)


def _fake(real_logits, fake_logits):
  """The fake ones in at least float32, for a generator that needs no real ones: these may be None."""
  return _floats(fake_logits if real_logits is None else real_logits, fake_logits)[1]
