"""Penalties on a critic's gradient, and noise on its images; each takes a function of images, not a network.

`critic` maps images [B, ...] of any rank to logits [B, ...]; labels and parameters are closed over. Where an
example has several logits (a patch discriminator's [B, h, w, 1]) the gradient is that of their sum. The
logits are summed over the batch and differentiated once, which gives every example its own gradient in one
backward pass *because* the critic treats examples independently. One with batch normalisation does not:
then these are no longer penalties of single examples (Gulrajani et al. 2017, sec. 4).

None is weighted: callers multiply, by gamma for `r1` and `r2` and by lambda for `gradient_penalty`.
Two are not of a critic: `path_lengths` are a generator's, `off_orthogonality` is of any weights.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

Critic = Callable[[Array], Array]
Images = Float[Array, 'B *image']
Scalar = Float[Array, '']


def r1(critic: Critic, real_images: Images) -> Scalar:
  """1/2 E[||grad critic(real)||^2]; times gamma it is R1 of Mescheder et al. 2018, eq. 9.

  The 1/2 is in here, so that the weight is the paper's gamma, as in R3GAN and StyleGAN, whose
  codes write (gamma / 2) * E[||grad||^2]. https://arxiv.org/abs/1801.04406
  """
  return half_squared_norm(gradient(critic, real_images))


def r2(critic: Critic, fake_images: Images) -> Scalar:
  """1/2 E[||grad critic(fake)||^2]: `r1` on fakes (Mescheder et al. 2018, eq. 10)."""
  return r1(critic, fake_images)


def gradient_penalty(
  critic: Critic,
  real: Float[Array, '...'],
  fake: Float[Array, '...'],
  rng: PRNGKeyArray,
  target: float | Array = 1.0,
  pack: int = 1,
) -> Scalar:
  """E[(||grad critic(mix)|| - target)^2] at random points between real and fake [B, ...]: WGAN-GP.

  Gulrajani et al. 2017, eq. 3 without its lambda (10 there): https://arxiv.org/abs/1704.00028. Each example
  is mixed by a uniform number of its own. target=0 is the zero-centred penalty of Thanh-Tung et al. 2019,
  https://arxiv.org/abs/1902.03984. A critic that looks at several images at once, `pack`, is held to the
  gradient by all of them, which have one number in common; of its logits, one an image, each is to be divided
  by the root of `pack`. Raises ValueError unless real and fake have the same shape.
  """
  if real.shape != fake.shape:
    raise ValueError(f'a gradient penalty mixes pairs, but real and fake are {real.shape} and {fake.shape}')
  weights = jax.random.uniform(rng, (len(real) // pack,) + (1,) * (real.ndim - 1), real.dtype)
  weights = jnp.repeat(weights, pack, 0)
  squares = squared_norms(gradient(critic, weights * real + (1 - weights) * fake))
  norms = safe_sqrt(squares.reshape(-1, pack).mean(1))
  return jnp.mean((norms - target) ** 2)


def gradient(critic: Critic, images: Images) -> Images:
  """The gradient of the critic's logits by the images. Raises ValueError for logits that are not [B, ...]."""

  def total(images):
    logits = critic(images)
    if logits.shape[:1] != images.shape[:1]:
      raise ValueError(f'a critic gives logits [B, ...], but gave {logits.shape} for images {images.shape}')
    return logits.sum()

  return jax.grad(total)(images)


def half_squared_norm(gradients: Images) -> Scalar:
  """1/2 E[||gradient||^2] of gradients that are known: what `r1` makes of those that it takes itself."""
  return 0.5 * jnp.mean(squared_norms(gradients))


def squared_norms(values: Images) -> Float[Array, ' B']:
  """||value||^2 of each example, in at least float32."""
  values = values.astype(jnp.promote_types(values.dtype, jnp.float32))
  return jnp.sum(values**2, axis=tuple(range(1, values.ndim)))


def safe_sqrt(squares: Float[Array, '*shape']) -> Float[Array, '*shape']:
  """The square root, whose derivative at 0 is 0.

  A norm has an infinite slope there, where its own subgradient 0 is wanted; the inner `where` keeps the
  infinity from being computed at all, since 0 times infinity would be nan.
  """
  return jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1)), 0)


def path_lengths(
  generator: Callable[[Array], Array], inputs: Float[Array, 'B *rest D'], rng: PRNGKeyArray
) -> Float[Array, ' B']:
  """||J^T y|| of each example: how far images move for a step of the inputs, in a random direction y.

  Karras et al. 2020, sec. 3.2, eq. 4: https://arxiv.org/abs/1912.04958; y is standard normal over the root
  of the number of pixels, as in their code. `generator` maps inputs [B, D] to images [B, ..., C]; of inputs
  [B, L, D], styles of L layers, it is the root of the mean over L of the squares.
  """
  images, pullback = jax.vjp(generator, inputs)
  pixels = math.prod(images.shape[1:-1])
  (gradients,) = pullback(jax.random.normal(rng, images.shape, images.dtype) / math.sqrt(pixels))
  return safe_sqrt(squared_norms(gradients) / math.prod(inputs.shape[1:-1]))


def off_orthogonality(params: Any) -> Scalar:
  """The sum over kernels W of ||W^T W * (1 - I)||^2: how far their filters are from orthogonal, of any norms.

  Brock et al. 2019, eq. 3, https://arxiv.org/abs/1809.11096, who relax Brock et al. 2017. A kernel
  [..., out] is a matrix with a column for each output; all params of at least two axes that are called
  'kernel' are taken, so embeddings are not.
  """
  leaves = jax.tree_util.tree_leaves_with_path(params)
  kernels = [leaf for path, leaf in leaves if leaf.ndim > 1 and getattr(path[-1], 'key', '') == 'kernel']
  return sum((_off_diagonal(kernel.reshape(-1, kernel.shape[-1])) for kernel in kernels), jnp.zeros(()))


def _off_diagonal(matrix):
  """||M^T M * (1 - I)||^2. Of a wide M through M M^T, which is smaller and has the same norm as M^T M."""
  rows, columns = matrix.shape
  if columns <= rows:
    return jnp.sum((matrix.T @ matrix * (1 - jnp.eye(columns))) ** 2)
  return jnp.sum((matrix @ matrix.T) ** 2) - jnp.sum(squared_norms(matrix.T) ** 2)


def instance_noise(images: Images, rng: PRNGKeyArray, sigma: float | Array) -> Images:
  """The images plus Gaussian noise of standard deviation `sigma`, to blur real and fake alike.

  Sonderby et al. 2017, https://arxiv.org/abs/1610.04490; Arjovsky and Bottou 2017,
  https://arxiv.org/abs/1701.04862. Usually sigma falls to 0 in training; it may be traced.
  """
  return images + jnp.asarray(sigma, images.dtype) * jax.random.normal(rng, images.shape, images.dtype)


def anneal(value: float | Array, steps: int, step: int | Int[Array, '']) -> float | Array:
  """`value` falling linearly to 0 over `steps` steps; constant if `steps` is 0. `step` may be traced."""
  return value * jnp.clip(1 - step / steps, 0, 1) if steps else value


def lazy(every: int, step: int | Int[Array, ''], penalty_fn: Callable[[], float | Array]) -> Scalar:
  """`every` * penalty_fn() at each step that `every` divides, else 0 without computing it.

  Lazy regularisation, Karras et al. 2020, sec. 3.1: https://arxiv.org/abs/1912.04958. The factor keeps the
  mean over steps. They also adjust Adam, since they give the penalty a step of its own; here it is a term of
  the usual step, so nothing changes. `step` may be traced, but not batched: under vmap over steps, both
  branches are computed. On CPU, XLA runs native convolutions two to three times slower inside such a
  branch; in matmul form they keep their speed. A metric of it has a `lazy_name`, so that logs know when it
  was computed. Raises ValueError if every < 1.
  """
  if every < 1:
    raise ValueError(f'a lazy penalty is computed every 1, 2, ... steps, not every {every}')
  penalty = lambda: jnp.asarray(every * penalty_fn(), jnp.float32)
  return when_due(every, step, penalty, lambda: jnp.zeros((), jnp.float32))


def when_due(
  every: int, step: int | Int[Array, ''], function: Callable[[], Any], otherwise: Callable[[], Any]
) -> Any:
  """function() at each step that `every` divides, else otherwise(), of the same shapes; see `lazy`."""
  return function() if every == 1 else jax.lax.cond(step % every == 0, function, otherwise)


def lazy_name(name: str, every: int) -> str:
  """The name of a metric that each `every`-th step computes: 'r1@4', whose last value logs have as 'r1'."""
  return f'{name}@{every}' if every > 1 else name


def logged_name(metric: str) -> tuple[str, int]:
  """(name in the logs, every) of a metric that may have a `lazy_name` in its own: 'd/r1@4_a' is 'd/r1_a'."""
  found = re.search(r'@(\d+)', metric)
  return (metric.replace(found[0], '', 1), int(found[1])) if found else (metric, 1)
