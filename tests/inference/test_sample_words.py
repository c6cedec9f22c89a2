"""Samples that are asked for in words, from Python and from the command line."""

import json

import jax
import numpy as np
import pytest

import gan_jax
from gan_jax import command_line, data, errors
from gan_jax.command_line import flags
from gan_jax.inference import evaluate
from gan_jax.training import setup
from gan_jax.views import images

CAPTION, BOX = 'a face with red hair and glasses', [0.2, 0.3, 0.5, 0.6]


@pytest.fixture(scope='module')
def run(begun):
  return begun('gawwn_avatars')


@pytest.mark.long
def test_a_caption_and_a_box_are_asked_for(run, tmp_path):
  gan = gan_jax.load(run.folder)
  made = gan(count=3, caption=CAPTION, box=BOX)
  assert made.shape == (3, 16, 16, 3)
  drawn = gan.asking(caption=CAPTION, box=BOX).draw(3)
  assert images.texts(gan.spec, drawn) == [CAPTION] * 3
  np.testing.assert_allclose(drawn['fake_box'], [BOX] * 3, atol=1e-6)
  np.testing.assert_array_equal(gan.generate(drawn), made)
  two = gan.draw(2, caption=['a hat', 'a sad face'])
  assert images.texts(gan.spec, two) == ['a hat', 'a sad face']
  words = [f'--workdir={run.folder}', '--mode=sample', '--num_samples=3', f'--out={tmp_path}/x.npz']
  assert command_line.main([*words, f'--caption={CAPTION}', '--box=0.2,0.3,0.5,0.6']) == 0
  with np.load(tmp_path / 'x.npz', allow_pickle=False) as file:
    np.testing.assert_allclose(file['images'], (made + 1) * 127.5, atol=0.51)


def test_what_is_not_asked_for_follows_the_data(run):
  """Captions, and boxes beside them, of the rows that a run keeps; others for another seed."""
  gan = gan_jax.load(run.folder)
  drawn = gan.draw(6, seed=1)
  texts = images.texts(gan.spec, drawn)
  assert all('hair' in text or 'brow' in text or len(text) > 10 for text in texts)
  assert len(set(texts)) > 3
  assert texts == images.texts(gan.spec, gan.draw(9, seed=1))[:6]
  assert texts != images.texts(gan.spec, gan.draw(6, seed=2))
  boxes = drawn['fake_box']
  assert (boxes[:, :2] < boxes[:, 2:]).all()


@pytest.mark.parametrize(
  ('asked', 'said'),
  [
    ({'caption': ''}, 'a caption is empty'),
    ({'caption': 'x' * 300}, 'a caption has 300 characters, of 208 at most'),
    ({'box': [0.5, 0.3, 0.2, 0.6]}, 'must be top, left, bottom, right'),
    ({'box': [0.2, 0.3, 0.5, 1.5]}, 'must be in 0 to 1'),
    ({'box': [0.2, 0.3]}, r'box has the shape \[2\]'),
    ({'capton': 'a hat'}, "did you mean 'caption'"),
  ],
)
def test_what_cannot_be_asked_for_is_told_in_one_line(asked, said, run):
  with pytest.raises(errors.UserError, match=said) as error:
    gan_jax.load(run.folder).asking(**asked)
  assert '\n' not in str(error.value)


def test_flags_of_words_are_of_sampling():
  found, _ = flags.parse(['--workdir=x', '--mode=sample', '--box=0.1,0.2,0.3,0.4', '--caption=a hat'])
  assert (found.box, found.caption) == ([0.1, 0.2, 0.3, 0.4], 'a hat')
  for words, said in (
    (['--workdir=x', '--mode=figures', '--caption=a hat'], '--caption is of --mode=sample'),
    (['--workdir=x', '--mode=sample', '--box=a,b'], 'argument --box: invalid numbers value'),
  ):
    with pytest.raises(errors.UserError, match=said):
      flags.parse(words)


@pytest.mark.long
def test_an_encoder_of_another_run_reads(run, begun):
  """Its vectors are what G and D are given, and stay as they are."""
  reading = begun('caption_encoder')
  config, spec = setup.stored(run).config.copy_and_resolve_references(), setup.stored(run).spec
  config.gan.encoder, config.gan.agreement = str(reading.folder), 1.0
  experiment = setup.make(config, spec)
  variables = experiment.init_state().variables
  assert set(variables) == {'g', 'd', 'words'}
  assert 'encoder' not in variables['g']['params']
  assert 'encoder' not in variables['d']['params']
  sampler = experiment.sampler(experiment.init_state())
  assert sampler(count=2, caption=CAPTION).shape == (2, 16, 16, 3)
  _, metrics = jax.eval_shape(experiment.train_step(), experiment.init_state(), data.make(config))
  assert 'g/disagreement' in metrics
  config.gan.encoder = str(run.folder)
  with pytest.raises(errors.UserError, match=r'a run of gan\.name=caption_encoder, not gawwn'):
    setup.make(config, spec)
  config.gan.encoder = 'nowhere'
  with pytest.raises(errors.UserError, match='nowhere'):
    setup.make(config, spec)


@pytest.mark.long
def test_scores_are_of_any_split_that_the_data_have(begun):
  run = begun('caption_encoder')
  numbers = []
  for split in ('test', 'combinations'):
    file = evaluate.of_run(run, {'reference': split, 'num_images': '32'}, notice=lambda _: None)
    record = json.loads(file.read_text())
    assert record['protocol']['split'] == split
    numbers.append(record['retrieval'])
  assert all(0 <= number <= 1 for number in numbers)
  with pytest.raises(errors.UserError, match="did you mean 'phrasings'"):
    evaluate.of_run(run, {'reference': 'phrasing'}, notice=lambda _: None)


@pytest.fixture(scope='module')
def points(begun):
  return gan_jax.load(begun('keypoints_avatars').folder)


@pytest.mark.long
def test_keypoints_are_asked_for_and_an_image_is_drawn_around_them(points, begun):
  """As docs/words.md has it: what one game makes is what the other is given."""
  drawer = gan_jax.load(begun('gawwn_avatars', ('gan.place', 'keypoints')).folder)
  eyes, known = np.zeros((9, 3), np.float32), np.zeros(9)
  eyes[:2], known[:2] = [[0.4, 0.35, 1], [0.4, 0.6, 1]], 1
  places = points(count=3, caption=CAPTION, keypoints=eyes, known=known)
  assert places.shape == (3, 9, 3)
  np.testing.assert_array_equal(places[:, :2], [eyes[:2]] * 3)
  assert drawer(caption=CAPTION, keypoints=places).shape == (3, 16, 16, 3)
  drawn = drawer.asking(caption=CAPTION, keypoints=places).draw(3)
  np.testing.assert_array_equal(drawn['fake_keypoints'], places)


def test_all_points_may_be_known_or_none(points):
  eyes = np.full((9, 3), 0.5, np.float32)
  np.testing.assert_array_equal(points(caption=CAPTION, keypoints=eyes, known=1), eyes[None])
  alone = points.draw(2, caption=CAPTION, known=0)
  np.testing.assert_array_equal(alone['fake_known'], 0)
  with pytest.raises(errors.UserError, match=r'known has the shape \[3\]'):
    points(caption=CAPTION, known=[1, 0, 1])
  with pytest.raises(errors.UserError, match=r'keypoints=.*must be in 0 to 1'):
    points(caption=CAPTION, keypoints=eyes + 1, known=1)


def test_keypoints_are_written_as_the_data_have_them(points, begun, tmp_path):
  words = [f'--workdir={begun("keypoints_avatars").folder}', '--mode=sample', '--num_samples=3']
  assert command_line.main([*words, f'--caption={CAPTION}', f'--out={tmp_path}/x.npz']) == 0
  assert command_line.main([*words, f'--caption={CAPTION}', f'--out={tmp_path}/x']) == 0
  lines = [json.loads(line) for line in (tmp_path / 'x/keypoints.jsonl').read_text().splitlines()]
  assert [line['captions'] for line in lines] == [[CAPTION]] * 3
  with np.load(tmp_path / 'x.npz', allow_pickle=False) as file:
    assert file['captions'].tolist() == [CAPTION] * 3
    np.testing.assert_allclose([line['keypoints'] for line in lines], file['keypoints'], atol=1e-4)
    np.testing.assert_array_equal(file['keypoints'], points.asking(caption=CAPTION)(count=3))
