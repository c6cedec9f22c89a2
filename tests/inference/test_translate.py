"""Trained networks on images of all sizes, with masks and attributes, and what is refused."""

import jax
import numpy as np
import pytest
from PIL import Image

from gan_jax import data, errors
from gan_jax.inference import sample, translate
from gan_jax.runs import checkpoints
from gan_jax.training import setup
from gan_jax.views import grids
from gan_jax.views import images as view


def random_image(height, width, channels=3):
  return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


def paint(folder, *files, size=(20, 12)):
  folder.mkdir(parents=True, exist_ok=True)
  for file in files:
    (folder / file).parent.mkdir(exist_ok=True)
    Image.fromarray(random_image(*size)).save(folder / file)
  return folder


UNET = (('generator.depth', '2'), ('generator.dropout', '0'))


GAMES = {
  'pix2pix': UNET[1:],
  'inpainting': UNET[1:],
  'stargan': (('generator.name', 'unet'), ('generator.width', '2')),
  'style_transfer': (('generator.width', '2'),),
  'cyclegan': (),
  'super_resolution': (('gan.scale', '2'),),
}


@pytest.mark.long
@pytest.mark.parametrize('game', GAMES)
def test_every_game_takes_sizes_below_that_of_training(begun, game):
  translator = translate.load(begun(game, *GAMES[game]).folder)
  asked = translate.vector(translator, ['hat']) if game == 'stargan' else {}
  scale = 2 if game == 'super_resolution' else 1
  assert translator(random_image(1, 7), **asked).shape == (scale, scale * 7, 3)


@pytest.mark.long
@pytest.mark.parametrize('size', [(1, 1), (5, 5), (17, 33), (300, 200)])
def test_a_deep_unet_takes_every_size(begun, size):
  """Trained at 16 x 16 it has four levels, of the eight that it may have."""
  translator = translate.load(begun('pix2pix', ('generator.depth', '8'), ('generator.width', '2')).folder)
  assert translator(random_image(*size)).shape == (*size, 3)


@pytest.mark.long
def test_a_padded_image_is_computed_as_one_that_goes_on_in_a_mirror(begun):
  translator = translate.load(begun('pix2pix', *UNET).folder)
  image = random_image(10, 13)
  mirrored = np.pad(image, [(0, 6), (0, 3), (0, 0)], 'symmetric')
  np.testing.assert_array_equal(translator(image, (16, 16)), translator(mirrored)[:10, :13])
  np.testing.assert_array_equal(translator(image, (10, 13)), translator(image))
  larger = translate.load(begun('super_resolution', ('gan.scale', '2')).folder)
  np.testing.assert_array_equal(larger(image, (16, 16)), larger(mirrored)[:20, :26])


def test_masks_are_padded_as_images_and_drawn_as_if_these_were_not(begun):
  translator = translate.load(begun('inpainting', *UNET).folder)
  image, mask = random_image(12, 8), np.zeros((12, 8, 1), np.float32)
  mask[3:9, 2:6] = 1  # what 'centre' draws
  drawn, given = translator(image, (16, 12)), translator(image, (16, 12), mask=mask)
  np.testing.assert_array_equal(drawn, given)
  known = np.broadcast_to(mask == 0, image.shape)
  np.testing.assert_array_equal(drawn[known], image[known])


def test_what_is_no_image_of_the_run_is_named(begun):
  translator = translate.load(begun('pix2pix', *UNET).folder)
  with pytest.raises(errors.UserError, match=r'\[H, W, 3\] here, not \[4, 4, 1\]'):
    translator(random_image(4, 4, channels=1))
  with pytest.raises(errors.UserError, match="unknown value to ask for 'masks'"):
    translator(random_image(4, 4), masks=1)


def test_an_image_of_the_size_of_training_is_what_g_makes(begun):
  run = begun('pix2pix', *UNET)
  image = random_image(16, 16)
  made = setup.stored(run)
  with checkpoints.Checkpoints(run.checkpoints) as saved:
    variables = {'g': made.restore(saved).ema}
  batch = {**made.spec.zeros(1), 'source': image[None] / np.float32(127.5) - 1}
  expected = made.gan.generate(variables, batch, jax.random.key(0), train=False)[0]['image'][0]
  np.testing.assert_allclose(translate.load(run.folder)(image), (expected + 1) * 127.5, atol=0.51)


def test_small_images_come_out_larger(begun):
  translator = translate.load(begun('super_resolution', ('gan.scale', '2')).folder)
  assert translator(random_image(6, 5)).shape == (12, 10, 3)


def test_what_is_missing_is_filled_in_and_what_is_known_kept(begun, tmp_path):
  translator = translate.load(begun('inpainting', *UNET).folder)
  source = paint(tmp_path / 'in', 'a.png')
  holes = np.zeros((20, 12), np.uint8)
  holes[4:9, 2:8] = 255
  (tmp_path / 'masks').mkdir()
  Image.fromarray(holes).save(tmp_path / 'masks/a.bmp')
  made = []
  for mask in ('masks', 'masks/a.bmp'):
    assert translate.write(translator, source, tmp_path / 'out', tmp_path / mask) == 1
    made.append(np.asarray(Image.open(tmp_path / 'out/a.png')))
  np.testing.assert_array_equal(*made)
  changed = (made[0] != random_image(20, 12)).any(-1)
  np.testing.assert_array_equal(made[0][holes == 0], random_image(20, 12)[holes == 0])
  assert changed[holes > 0].mean() > 0.9
  paint(tmp_path / 'in', 'b.png', size=(12, 20))
  with pytest.raises(errors.UserError, match=r'a.bmp is 20x12 \(height x width\), but b.png is 12x20'):
    translate.write(translator, source, tmp_path / 'out', tmp_path / 'masks/a.bmp')
  with pytest.raises(errors.UserError, match=r'b\.png is not there'):
    translate.write(translator, source, tmp_path / 'out', tmp_path / 'masks')


def test_attributes_are_by_name(begun):
  translator = translate.load(begun('stargan').folder)
  known = list(translator.config.data.attributes)
  wanted = translate.vector(translator, ['hat', 'black_hair'])['wanted']
  assert [known[k] for k in np.nonzero(wanted)[0]] == ['black_hair', 'hat']
  with pytest.raises(errors.UserError, match="did you mean 'glasses'"):
    translate.vector(translator, ['glases'])
  with pytest.raises(errors.UserError, match=r'which attributes.*black_hair'):
    translate.vector(translator, None)
  image = random_image(16, 16)
  looks = [translator(image, **translate.vector(translator, some)) for some in ([], ['hat', 'glasses'])]
  assert not np.array_equal(*looks)


@pytest.mark.long
def test_pictures_stand_in_the_order_of_the_game(begun, monkeypatch):
  """What is given comes before what is made of it, and that before the truth, though jit sorts names."""
  run, seen = begun('pix2pix', *UNET), {}
  monkeypatch.setattr(grids, 'table', lambda columns: seen.update(columns) or np.zeros((2, 2, 3), np.uint8))
  one, state = setup.load(run.folder)
  dataset = data.make(one.config)
  view.write(one, run.figures, state, dataset, [])
  assert list(seen) == ['source', 'generated', 'true']
  examples = data.make(one.config, split='test').examples(np.arange(view.ROWS))
  np.testing.assert_array_equal(seen['source'], examples['source'])
  np.testing.assert_array_equal(seen['true'], examples['image'])


def test_ways_that_there_are_not(begun, tmp_path, trained):
  with pytest.raises(errors.UserError, match='images of latents, not of images: use --mode=sample'):
    translate.load(trained)
  run = begun('pix2pix', *UNET)
  with pytest.raises(errors.UserError, match=r'images of images: .*--mode=translate'):
    sample.load(run.folder)
  with pytest.raises(errors.UserError, match='pix2pix has no way back'):
    translate.load(run.folder, back=True)
  translator = translate.load(run.folder)
  with pytest.raises(errors.UserError, match='known: none for this GAN'):
    translate.vector(translator, ['hat'])
  with pytest.raises(errors.UserError, match='neither a folder nor a file'):
    translate.write(translator, tmp_path / 'absent', tmp_path)
  (tmp_path / 'empty').mkdir()
  with pytest.raises(errors.UserError, match='holds no images'):
    translate.write(translator, tmp_path / 'empty', tmp_path)
  source = paint(tmp_path / 'in', 'a.png', 'a.bmp')
  with pytest.raises(errors.UserError, match=r'a.bmp and a.png would both become a.png'):
    translate.write(translator, source, tmp_path)
  with pytest.raises(errors.UserError, match='fills nothing in'):
    translate.write(translator, source / 'a.png', tmp_path, mask=source / 'a.bmp')
