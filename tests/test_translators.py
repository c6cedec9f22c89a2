"""The games from image to image, and what they are made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT

from gan_jax import configs, data, errors, regularizers
from gan_jax.gans import stargan
from gan_jax.gans.parts import image_pool, masks
from gan_jax.gans.super_resolution import reduce
from gan_jax.models import layers, patch, resnet, srresnet, unet
from gan_jax.training import experiment, step


def start(name, *fields):
  """(Experiment, TrainState, a batch with what is drawn) of a config's test."""
  options = configs.load(ROOT / f'configs/{name}.py:test', list(fields), notice=lambda _: None)
  dataset = data.make(options)
  made = experiment.make(options, experiment.batch_spec(dataset))
  batch = dataset.batch(0, 0)
  return made, made.init_state(), step.join(batch, made.gan.draw(jax.random.key(0), batch), 0)


def test_a_full_pool_gives_half_of_its_past():
  """While it fills, images pass; then every image is given on or kept, and none is lost or made."""
  images = jnp.arange(400.0).reshape(-1, 1)
  state, seen = image_pool.init(20, (1,)), []
  exchange = jax.jit(image_pool.exchange)
  for k in range(0, 400, 8):
    given, state = exchange(state, images[k : k + 8], jax.random.key(k))
    seen.append(given)
  seen = np.concatenate(seen)[:, 0]
  np.testing.assert_array_equal(seen[:20], np.arange(20))
  assert 0.35 < (seen[24:] != np.arange(400)[24:]).mean() < 0.65
  left = np.asarray(state['images'])[:, 0]
  assert set(seen) | set(left) == set(range(400))
  assert len(set(seen[20:])) == 380  # none twice: what is given from the pool leaves it


@pytest.mark.parametrize('name', masks.KINDS)
@pytest.mark.parametrize('size', [(5, 7), (16, 16), (64, 64)])
def test_masks_miss_a_pixel_whatever_the_size(name, size):
  draw = jax.jit(jax.vmap(lambda rng: masks.KINDS[name](rng, size)))
  assert draw(jax.random.split(jax.random.key(1), 500)).any((1, 2, 3)).all()


@pytest.mark.parametrize('name', masks.KINDS)
def test_masks_leave_something_and_take_something(name):
  draw = jax.jit(jax.vmap(lambda rng: masks.KINDS[name](rng, (24, 16))))
  found = np.asarray(draw(jax.random.split(jax.random.key(0), 200)))
  assert found.shape == (200, 24, 16, 1)
  assert set(np.unique(found)) == {0, 1}
  shares = found.mean((1, 2, 3))
  assert shares.min() > 0
  assert shares.max() < 0.9
  if name == 'centre':
    assert (shares == 0.25).all()
    assert found[0, 6:18, 4:12].all()
  else:
    assert (found.mean(0) > 0).mean() > 0.9  # nearly every pixel is missing at times
    assert shares.std() > 0.05


def test_known_pixels_stay_bit_for_bit():
  made, state, batch = start('inpainting', ('gan.mask', 'strokes'))
  fakes, _ = made.gan.generate(state.variables, batch, jax.random.key(0), train=False)
  known = np.broadcast_to(batch['mask'] == 0, fakes['image'].shape)
  np.testing.assert_array_equal(np.asarray(fakes['image'])[known], np.asarray(batch['image'])[known])
  assert not np.allclose(fakes['image'], batch['image'])
  holed = {**batch, 'image': jnp.where(batch['mask'] > 0, 7.0, batch['image'])}
  again, _ = made.gan.generate(state.variables, holed, jax.random.key(0), train=False)
  np.testing.assert_array_equal(again['image'], fakes['image'])  # G does not see what is missing


def test_a_patch_logit_sees_70_pixels():
  """Isola et al. 2017, app. 6.1.2: C64-C128-C256-C512 is the 70 x 70 discriminator."""
  network = patch.Discriminator(width=1, norm='none', init_scale=1.0)
  images = jnp.ones((1, 160, 160, 1))
  variables = network.init(jax.random.key(0), images)
  logit = lambda images: network.apply(variables, images)['logits'][0, 10, 10, 0]
  rows, columns = np.nonzero(np.asarray(jax.grad(logit)(images))[0, :, :, 0])
  assert np.ptp(rows) == np.ptp(columns) == 69


@pytest.mark.parametrize('network', [unet, resnet], ids=['unet', 'resnet'])
@pytest.mark.parametrize('size', [(13, 21), (1, 5)])
def test_translators_keep_any_size(network, size):
  options = {'padding': 'reflect'} if network is resnet else {}
  generator = network.Generator(image_shape=(*size, 2), width=2, **options)
  images = jnp.zeros((3, *size, 5))
  outputs = jax.eval_shape(lambda: generator.init_with_output(jax.random.key(0), images, train=True)[0])
  assert outputs.shape == (3, *size, 2)


@pytest.mark.parametrize('network', [unet, resnet], ids=['unet', 'resnet'])
def test_a_residual_generator_starts_from_the_image_beside_the_planes(network):
  generator = network.Generator(image_shape=(8, 6, 3), width=2, residual=True)
  images = jax.random.normal(jax.random.key(0), (2, 8, 6, 5))
  zeros = jax.tree.map(jnp.zeros_like, generator.init(jax.random.key(0), images))
  np.testing.assert_array_equal(generator.apply(zeros, images), images[..., :3])


def test_reflection_goes_on_as_in_a_mirror():
  """A convolution sees beyond the border what numpy's reflection has there; a misspelt padding is told."""
  images = jax.random.normal(jax.random.key(0), (2, 5, 8, 3))
  for kernel in (3, 7):
    conv = layers.Conv(4, kernel, 1, padding='reflect')
    variables = conv.init(jax.random.key(1), images)
    margin = kernel // 2
    around = np.pad(images, [(0, 0), (margin, margin), (margin, margin), (0, 0)], 'reflect')
    window = around[1, 2 : 2 + kernel, :kernel]  # around the pixel (2, 0)
    expected = np.einsum('tuc,tucf->f', window, variables['params']['kernel'])
    made = conv.apply(variables, images)
    assert made.shape == (2, 5, 8, 4)
    np.testing.assert_allclose(made[1, 2, 0], expected, rtol=1e-4, atol=1e-5)
  with pytest.raises(errors.UserError, match='known: reflect, zeros'):
    resnet.Generator(image_shape=(5, 8, 3), padding='mirror').init(jax.random.key(0), images)


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


def test_dropout_is_noise_out_of_training_too():
  made, state, batch = start('pix2pix')
  generate = lambda seed: made.gan.generate(state.variables, batch, jax.random.key(seed), train=False)[0][
    'image'
  ]
  np.testing.assert_array_equal(generate(0), generate(0))
  assert not np.array_equal(generate(0), generate(1))


def test_a_shuffle_makes_pixels_of_channels_and_reduce_is_its_mean():
  images = jnp.arange(2 * 3 * 2 * 4.0).reshape(2, 3, 2, 4)
  large = srresnet.shuffle(images)
  assert large.shape == (2, 6, 4, 1)
  np.testing.assert_array_equal(large[0, :2, :2, 0], [[0, 1], [2, 3]])
  np.testing.assert_allclose(reduce(large, 2)[..., 0], images.mean(-1))


def test_an_enlarged_input_is_what_residual_starts_from():
  network = srresnet.Generator(image_shape=(12, 8, 3), width=2, blocks=1, residual=True)
  images = jax.random.uniform(jax.random.key(0), (2, 3, 2, 3))
  variables = network.init(jax.random.key(0), images, train=True)
  zeros = jax.tree.map(jnp.zeros_like, variables)
  expected = jax.image.resize(images, (2, 12, 8, 3), 'bicubic')
  np.testing.assert_allclose(network.apply(zeros, images), expected, atol=1e-6)


GAMES = {
  'pix2pix': 'hinge',
  'cyclegan': 'relativistic',
  'stargan': 'relativistic_average',
  'inpainting': 'wasserstein',
  'super_resolution': 'least_squares',
  'style_transfer': 'minimax',
}


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
  made = experiment.make(options, experiment.batch_spec(dataset))
  state = jax.eval_shape(made.init, 0)
  after, metrics = jax.eval_shape(made.train_step(), state, dataset)
  assert jax.tree.map(lambda x: x.shape, after) == jax.tree.map(lambda x: x.shape, state)
  told = {metric.rstrip('_ab') for metric in metrics}
  assert {'d/loss', 'd/real_logit', 'd/fake_logit', 'd/r1', 'd/r2', 'd/gp', 'g/loss'} <= told


def test_a_context_encoder_has_no_way_around_its_bottleneck():
  """Without skips, two images whose code is the same come out the same; with them they do not."""
  for skips in (True, False):
    network = unet.Generator((8, 8, 1), width=2, depth=3, dropout=0.0, norm='none', skips=skips)
    images = jax.random.normal(jax.random.key(0), (2, 8, 8, 1))
    params = network.init(jax.random.key(1), images)['params']
    params['Conv_2'] = jax.tree.map(jnp.zeros_like, params['Conv_2'])
    made = network.apply({'params': params}, images)
    assert np.array_equal(made[0], made[1]) != skips


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
    ('super_resolution', [('gan.scale', '3')], 'gan.scale=3 does not divide the images, which are 64x64'),
    ('inpainting', [('gan.mask', 'hole')], 'known: boxes, centre, strokes'),
    ('stargan', [('data.name', 'digits'), ('data.channels', '1')], 'needs images with attributes'),
    ('pix2pix', [('generator.norm', 'group')], 'known: batch, instance, none'),
  ],
)
def test_what_cannot_be_is_told_in_one_line(name, fields, message):
  with pytest.raises(errors.UserError, match=message):
    start(name, *fields)
