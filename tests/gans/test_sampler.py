"""The sampler: images are a function of what G is given, and what is asked for is not drawn."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gan_jax
from gan_jax import errors, gans
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import Presentation
from gan_jax.gans.sampler import BATCH, Sampler

SPEC = Spec(
  {'image': jax.ShapeDtypeStruct((4, 2, 2, 1), jnp.float32), 'label': jax.ShapeDtypeStruct((4,), jnp.int32)}
)


@pytest.fixture(scope='module')
def gan(trained):
  return gan_jax.load(trained)


def game(**changes):
  """A game without networks: its images show the two latents, the class and the brightness."""

  def draw(rng, batch):
    rngs, count = jax.random.split(rng, 3), len(batch['image'])
    return {
      'latents': jax.random.normal(rngs[0], (count, 2)),
      'fake_label': jax.random.randint(rngs[1], (count,), 0, 10),
      'brightness': jax.random.uniform(rngs[2], (count,)),
    }

  def generate(variables, batch, rng, train):
    rest = jnp.stack([batch['fake_label'].astype(jnp.float32), batch['brightness']], -1)
    return {'image': jnp.concatenate([batch['latents'], rest], -1).reshape(-1, 2, 2, 1)}, {}

  unused = lambda *_: None
  usual = {'init': unused, 'draw': draw, 'generate': generate, 'g_loss': unused}
  return gans.GAN(**{**usual, 'discriminate': None, 'd_loss': None, **changes})


def refused(call, *arguments, **asked):
  """The message, of one line, with which a call is refused."""
  with pytest.raises(errors.UserError) as error:
    call(*arguments, **asked)
  assert '\n' not in str(error.value)
  return str(error.value)


def test_images_are_a_function_of_latents(gan):
  latents = gan.latents(5, seed=3)
  images = gan(latents)
  assert images.shape == (5, 16, 16, 1)
  assert images.dtype == np.float32
  assert np.abs(images).max() <= 1
  np.testing.assert_array_equal(gan(latents[2:3]), images[2:3])


def test_the_first_latents_do_not_depend_on_the_count(gan):
  many = gan.latents(BATCH + 7)
  np.testing.assert_array_equal(gan.latents(3), many[:3])
  assert len(np.unique(many, axis=0)) == len(many)
  assert not np.array_equal(gan.latents(3, seed=1), many[:3])
  np.testing.assert_array_equal(gan.draw(7, start=BATCH)['latents'], many[BATCH:])


@pytest.mark.parametrize(
  'asked',
  [{'label': 3}, {'label': [1, 2] * 75}, {'fake_label': 3}, {'brightness': 0.25}, {'latents': (0.5, -1)},
   {'label': np.int64(7), 'brightness': 0}, {'latents': np.ones((150, 2)), 'label': 1}, {}],
)  # fmt: skip
@pytest.mark.parametrize('seed', [0, 5])
def test_what_is_asked_for_takes_the_place_of_what_is_drawn(asked, seed):
  sampler, count = Sampler(game(), SPEC, {}), BATCH + 22
  usual, found = sampler.draw(count, seed), sampler.draw(count, seed, **asked)
  wanted = {'fake_label' if name == 'label' else name: value for name, value in asked.items()}
  assert found.keys() == usual.keys()
  for name, values in found.items():
    assert (values.shape, values.dtype) == (usual[name].shape, usual[name].dtype)
    assert np.all(values == wanted.get(name, usual[name]))
  np.testing.assert_array_equal(sampler(count=count, seed=seed, **asked), sampler.generate(found))


def test_images_show_what_they_were_made_of():
  sampler = Sampler(game(), SPEC, {})
  latents = sampler.latents(BATCH + 3, seed=1)
  images = sampler(latents, label=4, brightness=0.5).reshape(-1, 4)
  np.testing.assert_array_equal(images[:, :2], latents)
  assert np.all(images[:, 2:] == (4, 0.5))
  assert sampler(label=[1, 2, 3]).reshape(-1, 4)[:, 2].tolist() == [1, 2, 3]  # as many as labels
  assert len(sampler(label=1)) == 1


@pytest.mark.parametrize(
  ('asked', 'said'),
  [
    ({'lable': 1}, "unknown value to ask for 'lable'; did you mean 'label'?"),
    ({'zzz': 1}, "unknown value to ask for 'zzz'; known: brightness, label, latents"),
    ({'label': [1, 2]}, 'label has the shape [2], not [3] or []'),
    ({'latents': np.zeros((3, 5))}, 'latents has the shape [3, 5], not [3, 2] or [2]'),
    ({'latents': np.zeros((4, 2))}, 'latents has the shape [4, 2], not [3, 2] or [2]'),
    ({'label': 1.5}, 'label=1.5: not int32'),
    ({'label': 2**40}, f'label={2**40}: not int32'),
    ({'label': 'cat'}, "label='cat': not int32"),
    ({'brightness': np.nan}, 'brightness=nan: not float32'),
    ({'brightness': -np.inf}, 'brightness=-inf: not float32'),
    ({'brightness': 1e300}, 'not float32'),
    ({'brightness': None}, 'not float32'),
  ],
)
def test_what_cannot_be_asked_for_is_told_in_one_line(asked, said):
  sampler = Sampler(game(), SPEC, {})
  assert said in refused(sampler.draw, 3, **asked)
  assert said in refused(sampler, count=3, **asked)


def test_values_out_of_their_range_are_refused(gan):
  narrow = Presentation(ranges={'latents': (-0.5, 2.0)})
  sampler = Sampler(dataclasses.replace(gan.gan, presentation=narrow), gan.spec, gan.variables)
  latents = np.zeros((3, 32), np.float32)
  for edge in (-0.5, 2.0):
    latents[1, 7] = edge
    np.testing.assert_array_equal(sampler(latents), gan(latents))
  for value in (-0.51, 2.1):
    latents[1, 7] = value
    assert 'must be in -0.5 to 2.0' in refused(sampler, latents)


def test_no_latents_make_no_images(gan):
  assert gan.latents(0).shape == (0, 32)
  assert gan(gan.latents(0)).shape == (0, 16, 16, 1)
  assert gan(count=0).shape == (0, 16, 16, 1)
  sampler = Sampler(game(), SPEC, {})
  assert sampler(count=0).shape == sampler(label=[]).shape == (0, 2, 2, 1)


def test_latents_of_another_width_are_told_in_one_line(gan):
  assert refused(gan, np.zeros((5, 31))) == 'latents has the shape [5, 31], not [5, 32] or [32]'

  with pytest.raises(errors.UserError, match=r'the shape \[5, 31\]'):
    jax.jit(gan)(jnp.zeros((5, 31)))


def test_counts_and_seeds_that_there_are_not_are_refused(gan):
  assert 'must be 0 or more' in refused(gan.latents, -1)
  assert 'must be 0 or more' in refused(gan, count=-1)
  assert refused(gan, 16) == '16 is no latent: count=16 makes so many images'
  for seed in (-1, 2**31, 2**70):
    assert refused(gan, count=1, seed=seed) == f'seed={seed}: must be in [0, 2^31)'
  assert gan(count=1, seed=2**31 - 1).shape == (1, 16, 16, 1)


def test_a_game_without_latents_says_what_it_is_given():
  only = lambda rng, batch: {'angle': jax.random.uniform(rng, (len(batch['image']),))}
  generate = lambda variables, batch, rng, train: ({'image': batch['angle'][:, None, None, None]}, {})
  assert (
    refused(Sampler(game(draw=only, generate=generate), SPEC, {}).latents, 3)
    == 'G is given angle, and no latents'
  )


def test_images_have_gradients_by_their_latents(gan):
  """As JAX's own arrays under its transformations, they are what they are for numpy's."""
  latents = gan.latents(3)
  brightness = lambda latents: gan(latents).mean()
  gradient = jax.grad(brightness)(jnp.asarray(latents))
  assert gradient.shape == latents.shape
  step = 1e-2 * np.asarray(gradient) / np.linalg.norm(gradient)
  slope = (brightness(latents + step) - brightness(latents - step)) / 2e-2
  assert float(slope) == pytest.approx(float(jnp.linalg.norm(gradient)), rel=0.05)
  np.testing.assert_allclose(jax.jit(gan)(latents), gan(latents), atol=1e-6)
  np.testing.assert_allclose(jax.vmap(gan)(latents)[:, 0], gan(latents), atol=1e-6)
  one = jax.jit(jax.vmap(jax.grad(brightness)))(latents)
  np.testing.assert_allclose(one / len(latents), gradient, rtol=1e-3, atol=1e-7)


def test_what_is_not_asked_for_is_drawn_under_transformations_too():
  sampler = Sampler(game(), SPEC, {})
  made = lambda latents: sampler(latents, label=2, seed=3)
  latents = sampler.latents(3)
  np.testing.assert_allclose(jax.jit(made)(latents), made(latents))
  assert jax.grad(lambda latents: made(latents)[:, 0].sum())(latents).tolist() == [[1, 1]] * 3


def test_a_game_that_reads_data_is_refused(gan):
  """G, once it is trained, has nothing of the data but their shapes."""
  generate = lambda variables, batch, rng, train: ({'image': batch['label'] * batch['latents'][:, :1]}, {})
  assert "'label'" in refused(Sampler, game(generate=generate), SPEC, {})
  misspelt = lambda variables, batch, rng, train: ({'image': batch['latent']}, {})
  with pytest.raises(KeyError, match='latent'):  # a mistake in the game, whose traceback tells where
    Sampler(game(generate=misspelt), SPEC, {})


@pytest.mark.parametrize(
  'read',
  [
    lambda batch: batch['label'] + 1,
    lambda batch: jnp.take(batch['label'], jnp.arange(len(batch['image']))),
    lambda batch: batch['label'].astype(jnp.float32),
    lambda batch: batch['label'][::-1],
  ],
)
def test_draws_that_read_data_are_refused(read):
  draw = lambda rng, batch: {'latents': jnp.zeros((len(batch['image']), 2)), 'fake_label': read(batch)}
  assert "draw() reads 'label' of the data" in refused(Sampler, game(draw=draw), SPEC, {})


def test_draws_may_look_at_the_shapes_of_data():
  like = lambda rng, batch: {**game().draw(rng, batch), 'fake_label': jnp.zeros_like(batch['label']) + 1}
  assert np.all(Sampler(game(draw=like), SPEC, {})(count=3)[:, 1, 0] == 1)


def test_games_from_image_to_image_are_refused():
  translates = Presentation(translates={'image': 'image'})
  assert '--mode=translate' in refused(Sampler, game(presentation=translates), SPEC, {})
