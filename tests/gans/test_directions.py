"""SeFa's directions are the eigenvectors of A^T A, whatever the generator does with A z afterwards."""

import jax.numpy as jnp
import looking
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import data, errors
from gan_jax.gans import directions
from gan_jax.gans.space import Space
from gan_jax.training import experiment


def eigenvectors(*kernels):
  """The unit eigenvectors of A^T A, of kernels [in, out] side by side, and its eigenvalues."""
  both = np.concatenate(kernels, 1)
  values, vectors = np.linalg.eigh(both @ both.T)
  return vectors.T[::-1], values[::-1]


def assert_found(sampler, *kernels, rtol=1e-3):
  space = Space(sampler)
  found, values = directions.sefa(space, sampler.draw(1), count=4)
  wanted, wanted_values = eigenvectors(*kernels)
  np.testing.assert_allclose(values, wanted_values[:4], rtol=rtol)
  np.testing.assert_allclose(np.abs((found * wanted[:4]).sum(1)), 1, atol=rtol)
  assert (found[np.arange(4), np.abs(found).argmax(1)] > 0).all()


@pytest.mark.parametrize('hidden', [0, 16])
def test_directions_are_those_of_the_first_layer(hidden):
  sampler = looking.sampler(looking.Linear(hidden))
  assert_found(sampler, looking.kernel(sampler, 'first' if hidden else 'last'))


def test_no_step_of_the_same_length_changes_a_linear_image_more():
  sampler = looking.sampler(looking.Linear())
  space, drawn = Space(sampler), sampler.draw(1)
  (best, *_), (value, *_) = directions.sefa(space, drawn)
  others = np.random.default_rng(0).normal(size=(50, looking.DIM))
  steps = np.concatenate([best[None], others / np.linalg.norm(others, axis=1, keepdims=True)])
  many = {name: np.repeat(some, len(steps), 0) for name, some in drawn.items()}
  moved = space.images(many, space.points(many) + steps) - space.images(many, space.points(many))
  changes = np.square(moved).sum((1, 2, 3))
  assert changes[0] == pytest.approx(value, rel=1e-3)
  assert changes.argmax() == 0


def test_of_latents_beside_a_condition_only_their_rows_count():
  sampler = looking.sampler(looking.Linear(16), labels=True)
  assert looking.kernel(sampler, 'first').shape[0] == looking.DIM + looking.CLASSES
  assert_found(sampler, looking.kernel(sampler, 'first')[: looking.DIM])


def test_of_styles_the_affine_maps_of_all_layers_count():
  sampler = looking.sampler(looking.Styled())
  assert_found(sampler, *(looking.kernel(sampler, f'affine_{k}') for k in range(looking.LAYERS)))


NETWORKS = {
  'mlp': ('generator.name=mlp', 'generator.batch_norm=True'),
  'mlp in bfloat16': ('generator.name=mlp', 'train.dtype=bfloat16'),
  'dcgan': ('generator.name=dcgan', 'generator.width=8'),
}


@pytest.mark.parametrize('network', NETWORKS)
def test_networks_of_this_package_have_directions(network, tiny):
  config = tiny(*NETWORKS[network], 'latents.dim=6')
  one = experiment.make(config, data.make(config).spec())
  sampler = one.sampler(one.init_state())
  assert_found(sampler, looking.kernel(sampler, 'Dense_0'), rtol=0.03 if 'bfloat16' in network else 1e-3)


def test_layers_of_a_recurrent_cell_are_left_out():
  class Reading(nn.Module):
    """Latents beside what a GRU makes of constants, as a generator that reads captions has it."""

    @nn.compact
    def __call__(self, latents, train=False):
      told = nn.RNN(nn.GRUCell(5))(jnp.ones((len(latents), 3, 2)))
      return (nn.Dense(48, name='first')(latents) + told.mean()).reshape(-1, *looking.SHAPE)

  sampler = looking.sampler(Reading())
  assert_found(sampler, looking.kernel(sampler, 'first'))


@pytest.mark.parametrize(
  ('first', 'said'),
  [
    (lambda: nn.Sequential([jnp.sin, nn.Dense(48)]), 'no layer of this generator is linear in its latents'),
    (lambda: nn.remat(nn.Dense)(48), 'run within a transformation'),
  ],
)
def test_a_generator_whose_directions_cannot_be_seen_says_so(first, said):
  class Odd(nn.Module):
    @nn.compact
    def __call__(self, latents, train=False):
      return first()(latents).reshape(-1, *looking.SHAPE)

  sampler = looking.sampler(Odd())
  with pytest.raises(errors.UserError, match=said) as error:
    directions.sefa(Space(sampler), sampler.draw(1))
  assert '\n' not in str(error.value)


def test_a_generator_that_is_no_network_has_none():
  generate = lambda variables, batch, rng, train: (
    {'image': jnp.tile(batch['latents'], 1)[:, :3, None, None]},
    {},
  )
  sampler = looking.sampler(looking.Linear(), generate=generate)
  with pytest.raises(errors.UserError, match='no layer'):
    directions.sefa(Space(sampler), sampler.draw(1))
