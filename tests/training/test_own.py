"""Own pictures: what is chosen for a folder, and that the choice is told, kept, and can be trained."""

import dataclasses
import json

import numpy as np
import pytest
from pictures import paint
from PIL import Image

from gan_jax import configs, errors
from gan_jax.data import survey
from gan_jax.runs.folder import Run
from gan_jax.training import loop, own
from gan_jax.training.own import estimate, machine, pictures, regularization

TINY = {'generator.width': 4, 'discriminator.width': 4, 'train.num_steps': 2, 'sample.num': 4}


@pytest.fixture
def machines(monkeypatch):
  """(operations a second) -> nothing: from then on the machine makes so many, and no step is timed."""

  def set_rate(rate):
    monkeypatch.setattr(estimate, 'rate', lambda: rate / machine.REACHED)
    monkeypatch.setattr(estimate, 'operations', operations)
    monkeypatch.setattr(estimate, 'measured', lambda config: estimate.Step(operations(config) / rate, 2**20))

  def operations(config):
    height, width = config.data.size
    return 5e3 * height * width * config.discriminator.get('width', 64) ** 2

  set_rate(1e11)
  return set_rate


def choose(tmp_path, *words, run='run'):
  """(the config for the folder `set`, the lines that tell of it)."""
  lines = []
  chosen = own.config(tmp_path / 'set', Run(tmp_path / run), words, lines.append)
  return chosen, '\n'.join(lines)


def colours(folder, count, size=(64, 64), mode='RGB'):
  folder.mkdir(parents=True, exist_ok=True)
  rng = np.random.default_rng(0)
  for k in range(count):
    pixels = rng.integers(0, 256, (2, 2, 4), np.uint8)
    Image.fromarray(pixels, 'RGBA').resize(size).convert(mode).save(folder / f'{k}.png')


def test_faster_machines_learn_larger_pictures_with_wider_networks(tmp_path, machines):
  colours(tmp_path / 'set', 3, (200, 200))
  seen = []
  for rate in (1e9, 1e11, 1e12, 1e14):
    machines(rate)
    config, told = choose(tmp_path)
    seen.append((config.data.size[0], config.discriminator.width, config.generator.width))
    assert machine.FEWEST <= config.train.num_steps <= machine.MOST
    assert f'{config.data.size[0]}x{config.data.size[1]} (height x width)' in told
    assert ('would learn too little' in told) == (seen[-1][0] < 128)
    assert config.generator.strides == config.discriminator.strides
    assert f'{config.train.num_steps:,}, about' in told
  assert seen == sorted(seen)
  assert len(set(seen)) >= 3
  assert seen[-1] == (128, 64, 512)


@pytest.mark.parametrize(
  ('count', 'rate', 'name'),  # 1e11 is about two CPU cores, 1e14 an accelerator
  [
    *[(300, 1e11, 'diffaugment'), (3_000, 1e11, 'none'), (50_000, 1e11, 'none')],
    *[(300, 1e14, 'diffaugment'), (3_000, 1e14, 'diffaugment'), (5_000, 1e14, 'ada'), (50_000, 1e14, 'none')],
  ],
)
def test_pictures_that_come_often_are_augmented(tmp_path, machines, count, rate, name):
  """By the number of pictures, and of steps that there is time for; what is said is what is so."""
  machines(rate)
  colours(tmp_path / 'set', 1)
  found = dataclasses.replace(survey.look(tmp_path / 'set'), found={f'{k}.png': 1 for k in range(count)})
  chosen = machine.Chosen({'data.path': str(tmp_path / 'set')})
  told = {}
  for rule in (*pictures.RULES, *own.RULES):
    choice = rule(found) if rule in pictures.RULES else rule(found, chosen)
    chosen.fields.update(choice.fields)
    told[choice.about] = choice.why
  config = chosen.config()
  assert config.augment.name == name
  assert told['augmentation'].startswith(name)
  assert (config.train.num_steps * config.train.batch_size / count > regularization.TIMES) == (name != 'none')
  assert (config.penalty.r1, config.penalty.r2) == (1, 1)
  assert f'{count:,} to learn from' in told['pictures']


def test_the_measured_recipe_is_kept_for_faces_like_those_that_it_was_measured_on(tmp_path, machines):
  """3,000 of 64x64 on two CPU cores: the networks, the rates and the penalties of docs/own-pictures.md."""
  colours(tmp_path / 'set', 1)
  found = dataclasses.replace(survey.look(tmp_path / 'set'), found={f'{k}.png': 1 for k in range(3_000)})
  chosen = machine.Chosen({})
  for rule in own.RULES:
    chosen.fields.update(rule(found, chosen).fields)
  config, recipe = chosen.config(), configs.get('folder')
  assert (config.data.size, config.generator.width, config.discriminator.width) == ((64, 64), 256, 32)
  kept = ('loss', 'penalty', 'augment', 'latents', 'g_optimizer', 'd_optimizer')
  assert {name: config[name] for name in kept} == {name: recipe[name] for name in kept}


@pytest.mark.parametrize(('side', 'weight'), [(16, 1), (64, 1), (96, 2.25), (128, 4)])
def test_larger_pictures_have_heavier_penalties(tmp_path, machines, side, weight):
  colours(tmp_path / 'set', 1, (128, 128))
  config, told = choose(tmp_path, ('data.size', f'({side}, {side})'))
  assert config.penalty.r1 == config.penalty.r2 == weight
  assert f'R1 and R2 of {weight:g}' in told


def test_an_augmentation_and_penalties_that_are_asked_for_stay(tmp_path, machines):
  colours(tmp_path / 'set', 1)
  config, told = choose(tmp_path, ('augment.name', 'none'), ('penalty.r2', '0'))
  assert (config.augment.name, config.penalty.r1, config.penalty.r2) == ('none', 1, 0)
  assert 'none; as asked' in told
  assert 'R2 of 0 as asked, R1 of 1 by the pixels' in told


def test_a_penalty_that_is_not_asked_for_follows_its_rule_beside_one_that_is(tmp_path, machines):
  colours(tmp_path / 'set', 1, (128, 128))
  config, told = choose(tmp_path, ('data.size', '(128, 128)'), ('penalty.r1', '3'))
  assert (config.penalty.r1, config.penalty.r2) == (3, 4)
  assert 'R1 of 3 as asked, R2 of 4 by the pixels' in told


@pytest.mark.parametrize(('side', 'learned'), [(8, 8), (28, 28), (40, 40), (50, 50), (500, 128)])
def test_pictures_are_never_enlarged(tmp_path, machines, side, learned):
  machines(1e14)
  colours(tmp_path / 'set', 1, (side, side))
  assert choose(tmp_path)[0].data.size == (learned, learned)


@pytest.mark.parametrize(
  ('shapes', 'ratio'),
  [
    ({(60, 80): 10}, 0.75),
    ({(60, 80): 8, (80, 80): 2}, 0.75),
    ({(60, 80): 5, (80, 80): 5}, 1.0),
    ({(60, 99): 9}, 1.0),
  ],
)
def test_the_shape_of_nearly_all_pictures_is_learned(tmp_path, machines, shapes, ratio):
  for size, count in shapes.items():
    colours(tmp_path / 'set' / str(size[0]), count, size)
  height, width = choose(tmp_path)[0].data.size
  assert width / height == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize(('mode', 'channels'), [('L', 1), ('RGB', 3), ('RGBA', 3), ('P', 3)])
def test_grey_pictures_have_one_channel(tmp_path, machines, mode, channels):
  colours(tmp_path / 'set', 3, mode=mode)
  assert choose(tmp_path)[0].data.channels == channels


def test_pictures_that_are_grey_in_colour_channels_have_one(tmp_path, machines):
  paint(tmp_path / 'set', '0.png', '1.png')
  assert choose(tmp_path)[0].data.channels == 1


@pytest.mark.parametrize(('ink', 'background'), [('white', 'black'), ('black', 'white'), ('red', 'white')])
def test_the_background_hides_nothing(tmp_path, machines, ink, background):
  (tmp_path / 'set').mkdir()
  drawing = Image.new('RGBA', (32, 32), ink)
  drawing.paste((0, 0, 0, 0), (0, 0, 32, 10))
  drawing.save(tmp_path / 'set' / 'a.png')
  assert choose(tmp_path)[0].data.background == background


def test_bad_files_are_left_out_and_small_sets_are_warned_of(tmp_path, machines):
  colours(tmp_path / 'set', 3)
  (tmp_path / 'set' / 'bad.png').write_text('no image')
  config, told = choose(tmp_path)
  assert config.data.on_bad_image == 'skip'
  assert 'files that cannot be read (1) are left out' in told
  assert 'known by heart' in told


def test_a_long_wait_for_large_files_is_foretold(tmp_path):
  colours(tmp_path / 'set', 3)
  found = survey.look(tmp_path / 'set')
  slow = dataclasses.replace(found, looks=found.looks._replace(seconds=100.0))
  assert 'takes about 5 min, once' in pictures.amount(slow).why
  assert 'once' not in pictures.amount(found).why


def test_what_the_user_asks_for_goes_first_and_is_measured(tmp_path, machines):
  colours(tmp_path / 'set', 3)
  asked = ('data.size', '(24, 20)'), ('train.num_steps', '77'), ('loss', 'hinge'), ('train.batch_size', '6')
  config, told = choose(tmp_path, *asked)
  assert 'train.batch_size=6; as asked' in told
  assert config.data.size == (24, 20)
  assert '24x20 (height x width); as asked' in told
  assert config.generator.strides == (2, 2)  # down to about 4 x 4
  assert (config.train.num_steps, config.loss) == (77, 'hinge')
  with pytest.raises(errors.UserError, match=r"did you mean 'data\.size'"):
    choose(tmp_path, ('data.seize', '(24, 20)'))


@pytest.mark.parametrize(('width', 'narrow'), [(4, True), (16, False)])
def test_a_discriminator_that_sees_too_little_is_told_of(tmp_path, machines, width, narrow):
  colours(tmp_path / 'set', 3)
  assert ('too narrow' in choose(tmp_path, ('discriminator.width', str(width)))[1]) == narrow
  assert 'too narrow' not in choose(tmp_path, ('discriminator.name', 'mlp'))[1]


@pytest.mark.long
def test_the_choice_is_trained_and_a_run_that_has_begun_keeps_it(tmp_path, machines):
  colours(tmp_path / 'set', 3, (16, 16))
  run, words = Run(tmp_path / 'run'), [(field, str(value)) for field, value in TINY.items()]
  config, _ = choose(tmp_path, *words)
  loop.train(config, run, notice=lambda _: None)
  assert own.picture(run, config).exists()
  assert own.sheet(run).exists()
  machines(1e15)
  again, told = choose(tmp_path)
  assert again.to_dict() == config.to_dict()
  assert f'chosen as in {run.folder}' in told
  assert choose(tmp_path, ('train.num_steps', '5'))[0].train.num_steps == 5
  other, _ = choose(tmp_path, ('train.init_from', str(run.folder)), run='other')
  assert {**other.to_dict(), 'train': config.train.to_dict()} == config.to_dict()
  colours(tmp_path / 'set', 4, (16, 16))
  with pytest.raises(errors.UserError, match=r'learned from 3 images .* there are 4 images'):
    loop.train(choose(tmp_path)[0], run, notice=lambda _: None)


def test_a_run_of_something_else_is_refused(tmp_path):
  (tmp_path / 'run/checkpoints/1').mkdir(parents=True)
  record = {'config': configs.get('dcgan_digits').to_dict(), 'spec': {'batch': {}}, 'environment': {}}
  Run(tmp_path / 'run').config.write_text(json.dumps(record))
  with pytest.raises(errors.UserError, match=r'learns from data\.name=digits: choose another --workdir'):
    choose(tmp_path)


@pytest.mark.long
def test_a_step_is_measured():
  config = configs.get('folder:test')
  step = estimate.measured(config, count=1)
  assert 0 < step.seconds < 10
  assert 1e3 < step.bytes < 1e9
  assert estimate.operations(config) > 1e5
  assert estimate.rate() > 1e6


@pytest.mark.parametrize('ratio', [0.5, 2 / 3, 0.75, 1, 4 / 3, 16 / 9, 2])
def test_sizes_have_their_pixels_and_their_ratio(ratio):
  height, width = pictures.size(64, ratio)
  assert height * width == pytest.approx(64 * 64, rel=0.05)
  assert width / height == pytest.approx(ratio, rel=0.05)
