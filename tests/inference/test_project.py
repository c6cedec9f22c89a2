"""Latents are found of images that a generator can make; what cannot be projected is told in one line."""

import json

import jax.numpy as jnp
import looking
import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax import command_line, configs, data, errors
from gan_jax.inference import projector, resemblance
from gan_jax.inference.projector import Projector
from gan_jax.training import experiment

RNG = np.random.default_rng(0)


@pytest.mark.long
def test_a_linear_generator_is_inverted():
  sampler = looking.sampler(looking.Linear())
  latents = RNG.normal(size=(1, looking.DIM)).astype(np.float32)
  image = sampler.generate({'latents': latents})[0]
  found = Projector(sampler, steps=400, starts=2)(image)
  np.testing.assert_allclose(found.drawn['latents'], latents, atol=0.02)
  np.testing.assert_allclose(found.image, image, atol=0.02)
  assert found.distances['squared_error'] < 1e-4


def test_what_a_linear_generator_cannot_make_is_projected_at_a_right_angle():
  """By pixels alone: their squared error is least where the rest is orthogonal to all that G makes."""
  sampler = looking.sampler(looking.Linear())
  image = 3 * RNG.normal(size=looking.SHAPE).astype(np.float32)
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(resemblance, 'SCALES', (1,))
    found = Projector(sampler, steps=600, starts=1)(image)
  rest = (image - found.image).reshape(-1)
  slopes = looking.kernel(sampler, 'last')
  best = np.linalg.lstsq(slopes.T, rest, rcond=None)[0]
  assert np.abs(best).max() < 0.03


@pytest.mark.long
def test_styles_are_projected_layer_by_layer():
  sampler = looking.sampler(looking.Styled())
  points = 0.5 * RNG.normal(size=(1, looking.LAYERS, 6)).astype(np.float32)
  image = sampler.generate({**sampler.draw(1), 'styles': points})[0]
  found = Projector(sampler, steps=300, starts=2)(image)
  assert found.drawn['styles'].shape == points.shape
  assert found.distances['squared_error'] < 1e-3
  np.testing.assert_array_equal(sampler.generate(found.drawn)[0], found.image)


@pytest.mark.long
def test_a_conditional_generator_is_given_the_condition_that_fits():
  sampler = looking.sampler(looking.Linear(32), labels=True)
  params = sampler.variables['g']['params']
  params['first']['kernel'] = params['first']['kernel'].at[looking.DIM :].multiply(20)
  for label in range(looking.CLASSES):
    image = sampler.generate(sampler.draw(1, seed=11, fake_label=label))[0]
    found = Projector(sampler, steps=60, starts=3)(image)
    assert found.drawn['fake_label'] == label


def test_what_is_on_the_way_begins_at_a_start_and_comes_nearer():
  sampler = looking.sampler(looking.Linear())
  image = sampler.generate(sampler.draw(1, seed=5))[0]
  seen = []
  found = Projector(sampler, steps=100, starts=1)(image, lambda: seen.append(1))
  assert len(seen) == 100
  assert list(found.between) == ['step 0', 'step 5', 'step 20', 'step 50']
  errors_ = [np.square(some - image).mean() for some in (*found.between.values(), found.image)]
  assert errors_ == sorted(errors_, reverse=True)
  mean = sampler.generate({'latents': np.zeros((1, looking.DIM), np.float32)})[0]
  np.testing.assert_allclose(found.between['step 0'], mean, atol=1e-6)


def test_the_rate_rises_and_falls_and_the_noise_fades():
  rates, noises = zip(*(projector.schedule(share) for share in np.linspace(0, 1, 101)), strict=True)
  assert (rates[0], rates[100]) == (0, 0)
  assert rates[5:76] == pytest.approx([projector.RATE] * 71)
  assert (np.diff(rates[75:]) < 0).all()
  assert noises[0] == projector.NOISE
  assert noises[75:] == pytest.approx([0] * 26)


def test_pixels_are_compared_at_several_scales():
  """A pattern that each square of four evens out is nearer than one that none does."""
  board = np.indices((8, 8)).sum(0)[..., None] % 2 * 2.0 - 1
  flat, image = np.ones((1, 8, 8, 1)), np.zeros((8, 8, 1))
  assert resemblance.pixels(flat, image)[0] == pytest.approx(1)
  assert resemblance.pixels(board[None], image)[0] == pytest.approx(1 / 3)
  assert resemblance.pixels(flat[:, :1], image[:1])[0] == pytest.approx(1)
  assert resemblance.psnr(0.04) == pytest.approx(20)
  assert resemblance.relative(jnp.ones((1, 3)), 2 * jnp.ones((1, 3)))[0] == pytest.approx(0.25)


@pytest.fixture
def pictures(tmp_path, trained):
  """A folder with two images that the run can make, another of another size, and a file that is none."""
  folder = tmp_path / 'given'
  folder.mkdir()
  for k, image in enumerate(gan_jax.load(trained)(count=2, seed=3)):
    Image.fromarray(np.uint8(np.round((image[..., 0] + 1) * 127.5))).save(folder / f'{k}.png')
  Image.fromarray(RNG.integers(0, 256, (40, 30, 3), np.uint8)).save(folder / 'large.jpg')
  (folder / 'broken.png').write_text('no image')
  return folder


@pytest.mark.long
def test_projections_of_a_folder_are_files(trained, pictures, tmp_path, capsys):
  out = tmp_path / 'out'
  words = [f'--workdir={trained}', '--mode=project', f'--input={pictures}', f'--out={out}', '--steps=20']
  assert command_line.main([*words, '--starts=2']) == 0
  told = capsys.readouterr().out
  assert 'passed over 1 of 4 files, which cannot be read: broken.png' in told
  assert f'3 images in {out}' in told
  names = ['0', '1', 'large']
  assert sorted(file.name for file in out.iterdir()) == sorted(
    ['distances.json', *(f'{name}{suffix}' for name in names for suffix in ('.npz', '.png'))]
  )
  record = json.loads((out / 'distances.json').read_text())
  assert (record['steps'], record['space']) == (20, 'latents')
  assert list(record['images']) == ['0.png', '1.png', 'large.jpg']
  gan = gan_jax.load(trained)
  with np.load(out / '0.npz', allow_pickle=False) as found:
    image = gan(**found)[0]
  with Image.open(pictures / '0.png') as given:
    target = np.asarray(given)[..., None] / 127.5 - 1
  assert np.square(image - target).mean() == pytest.approx(
    record['images']['0.png']['squared_error'], rel=1e-3
  )


def test_one_image_becomes_one_picture(trained, pictures, tmp_path):
  words = [f'--workdir={trained}', '--mode=project', f'--input={pictures}/0.png', '--steps=2', '--starts=1']
  assert command_line.main([*words, f'--out={tmp_path}/found.png']) == 0
  assert {'found.png', 'found.npz', 'distances.json'} <= {file.name for file in tmp_path.iterdir()}


@pytest.mark.parametrize(
  ('words', 'said'),
  [
    (('--input=nowhere',), '--input=nowhere is neither a folder nor a file: which images?'),
    ((), '--input= is neither a folder nor a file: which images?'),
    (('--input=empty',), 'empty holds no images'),
    (('--input=notes.txt',), 'no image in --input=notes.txt: notes.txt cannot be read'),
    (('--input=a.png', '--steps=0'), '--steps=0: must be at least 1'),
    (('--input=a.png', '--starts=0'), '--starts=0: must be at least 1'),
    (('--input=a.png', '--out=out.npz'), '--out=out.npz: an image becomes a PNG'),
    (('--input=a.png', '--out=.'), '--out=. is where the inputs are: name another folder'),
    (('--input=a.png', '--label=3'), "unknown value to ask for 'label'"),
    (('--input=a.png', '--walk=3'), '--walk is of --mode=sample'),
  ],
)
def test_what_cannot_be_projected_is_told_in_one_line(trained, tmp_path, monkeypatch, words, said):
  monkeypatch.chdir(tmp_path)
  (tmp_path / 'empty').mkdir()
  (tmp_path / 'notes.txt').write_text('mine')
  Image.new('L', (16, 16)).save('a.png')
  before = sorted(path.name for path in tmp_path.rglob('*'))
  out = () if any(word.startswith('--out') for word in words) else ('--out=out',)
  with pytest.raises(errors.UserError) as error:
    command_line.main([f'--workdir={trained}', '--mode=project', *words, *out])
  assert said in str(error.value)
  assert '\n' not in str(error.value)
  assert sorted(path.name for path in tmp_path.rglob('*')) == before


@pytest.mark.long
@pytest.mark.parametrize(
  ('name', 'fields', 'said'),
  [
    (
      'cyclegan',
      (),
      '--mode=project finds latents, and cyclegan makes images of images: use --mode=translate',
    ),
    ('toy_ring', (), r'only images are projected, and this run makes arrays of \[2\]'),
  ],
)
def test_runs_without_images_of_latents_say_so(begun, tmp_path, name, fields, said):
  Image.new('RGB', (16, 16)).save(tmp_path / 'a.png')
  words = [f'--workdir={begun(name, *fields).folder}', '--mode=project', f'--input={tmp_path}/a.png']
  with pytest.raises(errors.UserError, match=said):
    command_line.main(words)


@pytest.mark.parametrize('fields', [{'discriminator.pack': 2}, {'discriminator.name': 'stylegan2'}])
def test_what_d_sees_of_an_image_does_not_depend_on_the_others(fields):
  """Nor is it asked for more images than there are."""
  small = {'discriminator.widths': (8, 8), 'data.size': (16, 16)}
  config = configs.get('dcgan_digits:test', {**small, **fields}, notice=lambda _: None)
  made = experiment.make(config, data.make(config).spec())
  variables = made.init_state().variables
  images = RNG.uniform(-1, 1, (3, 16, 16, 1)).astype(np.float32)
  drawn = {'latents': np.zeros((3, config.latents.dim), np.float32)}
  see = resemblance.of_discriminator(made.gan, variables, drawn, images.shape[1:])
  together = see(variables, drawn, images)
  alone = see(variables, {'latents': drawn['latents'][:1]}, images[1:2])
  np.testing.assert_allclose(together[1:2], alone, atol=1e-5)
