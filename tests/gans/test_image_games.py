"""The games from image to image: what they show G and D, and what they tell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT

from gan_jax import configs, data, errors, regularizers
from gan_jax.gans import contract, stargan
from gan_jax.training import experiment


def start(name, *fields):
  """(Experiment, TrainState, a batch with what is drawn) of a config's test."""
  options = configs.load(ROOT / f'configs/{name}.py:test', list(fields), notice=lambda _: None)
  dataset = data.make(options)
  made = experiment.make(options, dataset.spec())
  batch = dataset.batch(0, 0)
  return made, made.init_state(), contract.join(batch, made.gan.draw(jax.random.key(0), batch), 0)


@pytest.mark.long
def test_known_pixels_stay_bit_for_bit():
  made, state, batch = start('inpainting', ('gan.mask', 'strokes'))
  fakes, _ = made.gan.generate(state.variables, batch, jax.random.key(0), train=False)
  known = np.broadcast_to(batch['mask'] == 0, fakes['image'].shape)
  np.testing.assert_array_equal(np.asarray(fakes['image'])[known], np.asarray(batch['image'])[known])
  assert not np.allclose(fakes['image'], batch['image'])
  holed = {**batch, 'image': jnp.where(batch['mask'] > 0, 7.0, batch['image'])}
  again, _ = made.gan.generate(state.variables, holed, jax.random.key(0), train=False)
  np.testing.assert_array_equal(again['image'], fakes['image'])  # G does not see what is missing


def test_penalties_hold_each_attribute_small_beside_the_verdict():
  """R1 of linear logits is half the squared slopes: of the verdict's, and on average of all the others."""
  slopes = jax.random.normal(jax.random.key(0), (10, 6))
  images = jnp.ones((4, 10))

  def r1(share, seed):
    outputs = lambda images: {'logits': images @ slopes[:, :1], 'domain_logits': images @ slopes[:, 1:]}
    critic = lambda images: stargan.penalized(outputs(images), jax.random.key(seed), share)
    return regularizers.r1(critic, images)

  squares = (slopes**2).sum(0)
  np.testing.assert_allclose(r1(0.0, 0), squares[0] / 2, rtol=1e-5)
  found = jax.vmap(lambda seed: r1(0.5, seed))(jnp.arange(2000)).mean()
  np.testing.assert_allclose(found, (squares[0] + 0.25 * squares[1:].sum()) / 2, rtol=0.02)


@pytest.mark.long
def test_dropout_is_noise_out_of_training_too():
  made, state, batch = start('pix2pix')
  generate = lambda seed: made.gan.generate(state.variables, batch, jax.random.key(seed), train=False)[0][
    'image'
  ]
  np.testing.assert_array_equal(generate(0), generate(0))
  assert not np.array_equal(generate(0), generate(1))


GAMES = {
  'pix2pix': 'hinge',
  'cyclegan': 'relativistic',
  'stargan': 'relativistic_average',
  'inpainting': 'wasserstein',
  'super_resolution': 'least_squares',
  'style_transfer': 'minimax',
}


@pytest.mark.long
@pytest.mark.parametrize('name', GAMES)
def test_every_loss_penalty_and_noise_is_theirs_too(name):
  """A step can be traced with them, and tells of them."""
  fields = {
    'loss': GAMES[name],
    'instance_noise.sigma': '0.1',
    'instance_noise.steps': '10',
    'train.remat': 'True',
  }
  fields |= {
    'penalty.r1': '1',
    'penalty.r2': '1',
    'penalty.gp': '1',
    'train.accumulate': '2',
    'gan.scale': '2',
  }
  if name != 'super_resolution':
    del fields['gan.scale']
  options = configs.load(
    ROOT / f'configs/{name}.py:test', [('data.size', '(16, 16)'), *fields.items()], notice=lambda _: None
  )
  dataset = data.make(options)
  made = experiment.make(options, dataset.spec())
  state = jax.eval_shape(made.init, 0)
  after, metrics = jax.eval_shape(made.train_step(), state, dataset)
  assert jax.tree.map(lambda x: x.shape, after) == jax.tree.map(lambda x: x.shape, state)
  told = {metric.rstrip('_ab') for metric in metrics}
  assert {'d/loss', 'd/real_logit', 'd/fake_logit', 'd/r1', 'd/r2', 'd/gp', 'g/loss'} <= told


@pytest.mark.long
def test_contents_may_be_compared_by_features_of_another_runs_discriminator(begun, tmp_path):
  """A loss of features moves G, and leaves the features as they are; a run that has none is named."""
  other = begun('super_resolution', ('gan.scale', '2'))
  fields = {
    'data.size': '(16, 16)',
    'gan.scale': '2',
    'gan.features': str(other.folder),
    'gan.adversarial': '0.0',
  }
  made, state, batch = start('super_resolution', *fields.items())

  @jax.jit
  @jax.value_and_grad
  def loss(fakes):
    return made.gan.g_loss(state.variables, batch, fakes, jax.random.key(0))[0]

  assert loss({'image': batch['image']})[0] < 1e-12
  value, slope = loss({'image': -batch['image']})
  assert value > 0
  assert jnp.abs(slope['image']).max() > 0
  with pytest.raises(errors.UserError, match='is not the folder of a run'):
    start('super_resolution', ('gan.features', str(tmp_path)))


@pytest.mark.parametrize(
  ('name', 'fields', 'message'),
  [
    ('super_resolution', [('gan.scale', '3')], 'gan.scale=3 does not divide the images, which are 32x32'),
    ('inpainting', [('gan.mask', 'hole')], 'known: boxes, centre, strokes'),
    (
      'stargan',
      [('data.name', 'digits'), ('data.channels', '1')],
      "needs 'attributes' in its batches, which have image, label: set data.name",
    ),
    ('pix2pix', [('generator.norm', 'group')], 'known: batch, instance, none'),
    ('stargan', [('gan.exclusive', '99')], r'gan\.exclusive=99, but there are \d attributes'),
  ],
)
def test_what_cannot_be_is_told_in_one_line(name, fields, message):
  with pytest.raises(errors.UserError, match=message):
    start(name, *fields)
