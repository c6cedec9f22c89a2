"""Games of captions: D rejects wrong ones, G reads between two, what is asked for is what is said."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT
from flax import linen as nn

from gan_jax import configs, data, errors
from gan_jax.data import law, words
from gan_jax.data.spec import Spec
from gan_jax.gans import sampler
from gan_jax.gans.parts import agreement, encoders, matching, word_figures, word_scores
from gan_jax.gans.parts import words as word_parts
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.gans.parts.word_figures import at_corners
from gan_jax.models.characters import Encoder, Reader
from gan_jax.training import setup


@functools.cache
def dataset():
  return data.load('avatars', 4, size=(16, 16), channels=3, num_images=64, places='wide', captions=True)


def load(name, **fields):
  return configs.get(ROOT / f'configs/{name}.py:test', fields, notice=lambda _: None)


@pytest.mark.long
@pytest.mark.parametrize(
  ('name', 'fields', 'asked_for'),
  [
    ('int_cls_avatars', {}, {'latents', 'fake_caption'}),
    ('gawwn_avatars', {}, {'latents', 'fake_caption', 'fake_box'}),
    ('gawwn_avatars', {'gan.place': 'keypoints'}, {'latents', 'fake_caption', 'fake_keypoints'}),
    (
      'gawwn_avatars',
      {'gan.agreement': 1.0, 'gan.mismatched': False, 'penalty.r1': 1.0},
      {'latents', 'fake_caption', 'fake_box'},
    ),
  ],
)
def test_a_step_can_be_made(name, fields, asked_for):
  experiment = setup.make(load(name, **fields), dataset().spec(conditions=True))
  state = jax.eval_shape(experiment.init, 0)
  after, metrics = jax.eval_shape(experiment.train_step(), state, dataset())
  assert jax.tree.structure(after) == jax.tree.structure(state)
  assert ('d/mismatched_logit' in metrics) == fields.get('gan.mismatched', True)
  assert ('g/interpolated' in metrics) == (name == 'int_cls_avatars')
  assert 'g/disagreement' not in metrics  # there is no encoder that could tell
  assert {'d/loss', 'd/real_logit', 'd/fake_logit', 'g/loss'} <= set(metrics)
  drawn = jax.eval_shape(experiment.gan.draw, jax.random.key(0), dataset().spec(conditions=True).zeros())
  assert set(drawn) == asked_for
  presentation = experiment.gan.presentation
  tables = jax.eval_shape(presentation.figures, state.variables, {**drawn, 'step': 0}, jax.random.key(0))
  shapes = {image.shape for columns in tables.values() for image in columns.values()}
  assert len(shapes) == 1
  assert ('places' in tables) == ('fake_box' in asked_for)


def test_data_without_captions_are_refused_in_one_line():
  plain = data.load('avatars', 4, size=(16, 16), channels=3).spec()
  for name in ('int_cls_avatars', 'gawwn_avatars', 'caption_encoder'):
    with pytest.raises(errors.UserError, match="this game needs 'caption' in its batches"):
      setup.make(load(name), plain)


class Sum(nn.Module):
  """Logits that are the sums of the images and the captions."""

  @nn.compact
  def __call__(self, captions, images, train=False):
    weight = self.param('weight', nn.initializers.ones, ())
    return {'logits': weight * (captions.sum(1) + images.sum((1, 2, 3)))}


def test_a_wrong_caption_counts_as_much_as_a_fake():
  def inputs(batch, images, augment, side):
    return batch['caption_wrong' if side == 'mismatched' else 'caption'], images

  discriminator = Discriminator(load('gawwn_avatars'), Sum(), inputs)
  batch = {'caption': jnp.array([[1.0], [2.0]]), 'caption_wrong': jnp.array([[3.0], [-1.0]]), 'step': 0}
  real, fake = jnp.ones((2, 1, 1, 1)), -jnp.ones((2, 1, 1, 1))
  variables = {'d': {'params': {'weight': jnp.array(1.0)}}}
  give = lambda **more: discriminator.d_loss(variables, batch, real, fake, jax.random.key(0), **more)
  rejected = {'fake': batch['caption'] - 1, 'mismatched': batch['caption_wrong'] + 1}
  wanted = nn.softplus(-(batch['caption'] + 1)).mean()
  both = sum(0.5 * nn.softplus(some).mean() for some in rejected.values())
  verdict = give(also={'mismatched': real})
  np.testing.assert_allclose(verdict.loss, wanted + both, rtol=1e-6)
  np.testing.assert_allclose(verdict.metrics['mismatched_logit'], rejected['mismatched'].mean())
  np.testing.assert_allclose(give().loss, wanted + nn.softplus(rejected['fake']).mean(), rtol=1e-6)


class Echo(nn.Module):
  """What it is given first."""

  @nn.compact
  def __call__(self, vectors, train=False):
    return vectors


@pytest.mark.long
def test_several_captions_are_read_as_the_mean_of_their_vectors():
  captions = jnp.array([words.encode(text, 12) for text in ('red hair', 'a hat', 'sad')])
  reader = Reader(Echo(), Encoder(len(words.CHARACTERS), 3, (4,)))
  variables = reader.init(jax.random.key(0), captions)
  vectors = reader.apply(variables, captions)
  assert len(np.unique(np.asarray(vectors), axis=0)) == 3
  between = reader.apply(variables, matching.with_next(captions))
  np.testing.assert_allclose(between, (vectors + jnp.roll(vectors, 1, 0)) / 2, rtol=1e-5, atol=1e-6)
  quarter = reader.apply(variables, word_figures.between(captions, 1))
  np.testing.assert_allclose(quarter, 0.75 * vectors + 0.25 * jnp.roll(vectors, -1, 0), rtol=1e-5, atol=1e-6)


@pytest.mark.long
def test_of_two_captions_the_first_has_its_share():
  captions = jnp.array([words.encode(text, 12) for text in ('red hair', 'a hat')])
  read = lambda share, given: Reader(Echo(), encoder, share).apply(variables, given)
  encoder = Encoder(len(words.CHARACTERS), 3, (4,))
  variables = Reader(Echo(), encoder).init(jax.random.key(0), captions)
  first, last = read(0.5, captions)
  two = matching.with_next(captions)
  for share in (0.0, 0.3, 1.0):
    np.testing.assert_allclose(read(share, two)[0], share * first + (1 - share) * last, rtol=1e-5, atol=1e-6)
  np.testing.assert_array_equal(read(0.5, two)[0], jnp.stack([first, last]).mean(0))


@pytest.mark.long
def test_beta_is_what_the_first_caption_counts_in_g_and_d():
  """With all of it the images in between are those of the first caption."""
  experiment = setup.make(load('int_cls_avatars', **{'gan.beta': 1.0}), dataset().spec(conditions=True))
  gan, data = experiment.gan, dataset().examples(np.arange(4))
  batch = {**data, **gan.draw(jax.random.key(0), data), 'step': 0}

  @jax.jit
  def play():
    variables = gan.init(jax.random.key(0), data)
    return gan.generate(variables, batch, jax.random.key(1), train=True)[0]

  fakes = play()
  np.testing.assert_allclose(fakes['interpolated'], fakes['image'], atol=1e-4)


def test_padding_is_not_read():
  encoder = Encoder(len(words.CHARACTERS), 3, (4, 4))
  short, long = (jnp.array(words.encode('a red hat', length))[None] for length in (18, 45))
  variables = encoder.init(jax.random.key(0), short)
  np.testing.assert_allclose(encoder.apply(variables, short), encoder.apply(variables, long), rtol=1e-5)


def test_the_joint_loss_is_that_of_hand_arithmetic():
  scores = jnp.array([[2.0, 1.5], [0.0, 0.5]])
  per_caption = [1 + 1.5 - 2, 1 + 0 - 0.5]
  per_image = [1 + 1.5 - 0.5, max(0, 1 + 0 - 2)]
  np.testing.assert_allclose(agreement.joint_loss(scores), sum(per_caption + per_image) / 2)
  np.testing.assert_array_equal(agreement.retrieved(jnp.array([[2.0, 1.0], [3.0, 1.0]])), [1, 0])
  assert agreement.joint_loss(10 * jnp.eye(4)) == 0


def test_an_encoder_learns_that_wrong_captions_agree_less():
  gan = setup.make(load('caption_encoder', **{'gan.wrong': 0.5}), dataset().spec()).gan
  batch, rng = dataset().batch(0, 0), jax.random.key(0)
  variables = jax.eval_shape(gan.init, rng, batch)
  fakes, _ = jax.eval_shape(functools.partial(gan.generate, train=True), variables, batch, rng)
  assert fakes['caption_wrong'].shape == fakes['words'].shape == fakes['looks'].shape
  assert (
    'caption_wrong'
    not in jax.eval_shape(functools.partial(gan.generate, train=False), variables, batch, rng)[0]
  )
  vectors = {'words': 10 * jnp.eye(2), 'looks': jnp.eye(2)}
  wrong = {'caption_wrong': jnp.array([[9.5, 0.0], [0.0, -3.0]])}  # the first agrees too much, by 0.5
  loss, (_, metrics) = gan.g_loss({}, {}, vectors | wrong, rng)
  assert (float(loss), float(metrics['wrong_told'])) == (0.5 * 0.5 / 2, 1)
  assert gan.g_loss({}, {}, vectors, rng)[0] == 0


def test_an_encoder_learns_that_sentences_of_one_image_agree():
  gan = setup.make(load('caption_encoder', **{'gan.sentences': 2.0, 'gan.wrong': 0.5}), dataset().spec()).gan
  rng, agreed = jax.random.key(0), {'words': 10 * jnp.eye(2), 'looks': jnp.eye(2)}
  loss, (_, metrics) = gan.g_loss({}, {}, {**agreed, 'caption_again': jnp.eye(2)}, rng)
  assert (float(loss), float(metrics['retrieval_sentence'])) == (0, 1)
  swapped = {**agreed, 'caption_again': jnp.eye(2)[::-1]}  # each caption agrees with the other's, by 10
  loss, (_, metrics) = gan.g_loss({}, {}, swapped, rng)
  assert (float(loss), float(metrics['retrieval_sentence'])) == (2 * 2 * 11, 0)
  wrong = {**agreed, 'caption_again': jnp.eye(2), 'caption_wrong': 9.5 * jnp.eye(2)}
  assert float(gan.g_loss({}, {}, wrong, rng)[0]) == 0.5 * 0.5 + 2 * 0.5 * 0.5


class Seeing(nn.Module):
  """Vectors of images of 4x4 that are their first channel."""

  def read(self, captions):
    return captions.astype(jnp.float32)

  def look(self, images):
    return images[..., 0].reshape(len(images), -1)


@pytest.fixture
def reading(monkeypatch):
  """Words(place, weight) of a game whose encoder is Seeing."""
  monkeypatch.setattr(word_parts, '_load', lambda *_: (word_parts._Encoder(Seeing(), (4, 4), 1.0), {'x': {}}))
  fields = {'gan.encoder': 'a run', 'gan.agreement': 1.0}
  return word_parts.Words(load('gawwn_avatars', **fields), dataset().spec(conditions=True))


def test_what_is_drawn_has_to_agree_with_the_caption_in_the_frame_of_the_box(reading):
  """The loss is that of the encoder, of twice the box; what is around it has no gradient."""
  looks = np.random.default_rng(0).normal(size=(2, 4, 4)).astype(np.float32)
  image, box = np.zeros((2, 8, 8, 1), np.float32), np.array([[0.375, 0.25, 0.625, 0.5]] * 2, np.float32)
  image[:, 2:6, 1:5, 0] = looks  # the frame of this box
  words = jax.random.normal(jax.random.key(1), (2, 16))
  batch = {'fake_caption': words, 'fake_box': box}
  vectors = {'words': words, 'looks': jnp.asarray(looks).reshape(2, 16)}
  give = lambda images, **more: reading.disagreement({'words': {}}, batch | more, images)
  np.testing.assert_allclose(give(image), agreement.joint_loss(agreement.scores(vectors)), rtol=1e-5)
  wrong = vectors | {'caption_wrong': words[::-1]}
  found = agreement.loss(agreement.scores(wrong), wrong, 1.0)
  np.testing.assert_allclose(give(image, caption_wrong=words[::-1]), found, rtol=1e-5)
  slope = np.array(jax.grad(give)(jnp.asarray(image)))
  assert np.abs(slope[:, 2:6, 1:5]).max() > 0
  slope[:, 2:6, 1:5] = 0
  np.testing.assert_array_equal(slope, 0)


def test_images_without_a_box_are_seen_whole(reading):
  words = jax.random.normal(jax.random.key(1), (2, 16))
  image = np.random.default_rng(0).normal(size=(2, 4, 4, 1)).astype(np.float32)
  vectors = {'words': words, 'looks': jnp.asarray(image).reshape(2, 16)}
  found = reading.disagreement({'words': {}}, {'fake_caption': words}, image)
  np.testing.assert_allclose(found, agreement.joint_loss(agreement.scores(vectors)), rtol=1e-5)


def test_overlaps_of_boxes():
  box = np.array([[0, 0, 0.5, 0.5]] * 4, np.float32)
  others = np.array(
    [[0, 0, 0.5, 0.5], [0, 0.25, 0.5, 0.75], [0.5, 0.5, 1, 1], [0.4, 0.4, 0.2, 0.2]], np.float32
  )
  np.testing.assert_allclose(word_scores.overlap(box, others), [1, 1 / 3, 0, 0], atol=1e-6)


def test_what_is_named_and_read():
  told = np.array([[1, 1, 1, 0], [0, 1, 0, 0]], np.float32)
  asked_for = np.array([[1, 0, 1, 1], [1, 0, 1, 1]], np.float32)
  read = np.array([[0.9, 0.9, 0.1, 0.0], [0, 0, 0, 0]], np.float32)
  np.testing.assert_allclose(word_scores.named_right(read, asked_for, told), [0.5, np.nan])
  seen = {'read': {'attributes': jnp.asarray(read)}}
  batch = {'attributes': jnp.asarray(asked_for), 'caption_tells': jnp.asarray(told), **seen}
  found = word_scores.score('', ('hat', 'smile', 'glasses', 'bald'))(batch, seen)
  np.testing.assert_array_equal(found['named_right_hat'], [1, np.nan])
  np.testing.assert_array_equal(found['named_right_smile'], [np.nan, np.nan])
  np.testing.assert_array_equal(found['named_right_glasses_real'], [0, np.nan])


def test_what_is_said_becomes_what_g_is_given():
  spec = dataset().spec(conditions=True)
  encode, length = encoders.captions(spec), spec.shape('caption')[0]
  assert words.decode(encode('A red hat'), spec.vocabulary) == 'a red hat'
  assert encode(['a hat', 'sad']).shape == (2, length)
  numbers = np.zeros(length, np.int32)
  assert encode(numbers) is numbers
  assert encoders.boxes([0.1, 0.2, 0.3, 0.4]) == [0.1, 0.2, 0.3, 0.4]
  with pytest.raises(errors.UserError, match='must be top, left, bottom, right, the top above the bottom'):
    encoders.boxes([0.1, 0.4, 0.3, 0.2])
  for box in at_corners().values():
    assert encoders.boxes(box) is box
    assert 0 <= float(box.min()) <= float(box.max()) <= 1


def test_rows_of_the_law_are_what_a_game_draws_of_without_data():
  rows = {
    'caption': np.array([[1, 2], [3, 4]], np.int32),
    'box': np.array([[0.5] * 4, [0.25] * 4], np.float32),
  }
  shapes = {'image': jax.ShapeDtypeStruct((4, 2, 2, 1), jnp.float32)}
  shapes |= {name: jax.ShapeDtypeStruct((4, *some.shape[1:]), some.dtype) for name, some in rows.items()}
  experiment = setup.make(load('gawwn_avatars'), dataset().spec(conditions=True))
  draw = lambda rng, batch: {f'fake_{name}': batch[name] for name in rows}
  gan = dataclasses.replace(experiment.gan, draw=draw)
  spec = Spec(shapes, law=law.encode(rows))
  sampler.check(gan, spec)
  drawn = sampler.draw_as_data(gan, spec, law.decode(spec.law), jax.random.key(0))
  which = (np.asarray(drawn['fake_caption'])[:, 0] == 3).astype(int)
  assert 0.2 < which.mean() < 0.8
  np.testing.assert_array_equal(drawn['fake_caption'], rows['caption'][which])
  np.testing.assert_array_equal(drawn['fake_box'], rows['box'][which])
  with pytest.raises(errors.UserError, match="draw\\(\\) reads 'box' of the data"):
    sampler.check(gan, Spec(shapes))
