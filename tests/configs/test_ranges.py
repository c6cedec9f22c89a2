"""Every field has a range and a sentence; what is out of range is refused before anything is made."""

import pytest
from conftest import ROOT

from gan_jax import configs, errors, losses
from gan_jax.configs import describe, fields, files, lengths, sections
from gan_jax.configs.fields import SOME, Field

OUTSIDE = {  # range: (what is in it, what is not)
  '>= 1': ((1, 10**9), (0, -1)),
  '> 0': ((1e-9, 5.0), (0, -1.0)),
  '[0, 1)': ((0.0, 0.999), (1.0, -1e-9)),
  '(0, 1]': ((1e-9, 1.0), (0.0, 1.1)),
  '[-2, 2]': ((-2, 2), (-3, 3)),
  'crop | none': (('crop', 'none'), ('', 'crap', 'my.module')),
  'crop | a.module': (('crop', 'my.module'), ('crap', 'a_module')),
}


def refused(*words, name='dcgan_digits'):
  """The message, of one line, with which a config with these words is refused."""
  with pytest.raises(errors.UserError) as error:
    configs.load(name, [tuple(word.split('=', 1)) for word in words], notice=lambda _: None)
  assert '\n' not in str(error.value)
  return str(error.value)


@pytest.mark.parametrize('range', OUTSIDE)
def test_ranges(range):
  inside, outside = OUTSIDE[range]
  for value in inside:
    fields.check('some.field', value, Field(inside[0], range))
  for value in outside:
    with pytest.raises(errors.UserError, match=r'some\.field'):
      fields.check('some.field', value, Field(inside[0], range))


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_numbers_are_finite(value):
  with pytest.raises(errors.UserError, match='finite'):
    fields.check('some.field', value, Field(1.0))


def test_entries_of_a_tuple_are_each_in_range_and_enough():
  sizes = Field((16, 16), '>= 1', 'height, width', length=(2, 2))
  fields.check('data.size', (1, 300), sizes)
  for value, said in [
    ((16, 16, 3), 'must have 2 entries'),
    ((16,), '2 entries'),
    ((0, 16), 'at least 1'),
    (('x', 16), 'at least 1'),
  ]:
    with pytest.raises(errors.UserError, match=said):
      fields.check('data.size', value, sizes)
  with pytest.raises(errors.UserError, match='must have 1 or more entries'):
    fields.check('strides', (), Field((2,), '>= 1', length=SOME))


def test_a_module_of_the_users_own_may_give_defaults_alone():
  assert fields.of(3) == Field(3)
  assert fields.of(Field(3, '>= 1')) == Field(3, '>= 1')
  assert fields.defaults({'a': 3, 'b': {'c': Field('x')}}) == {'a': 3, 'b': {'c': 'x'}}


@pytest.mark.parametrize('file', files.experiments(), ids=lambda file: file.stem)
def test_every_field_has_a_sentence_and_a_default_in_its_range(file):
  config = configs.load(file)
  for path, field in sections.declared(config).items():
    assert field.about, path
    fields.check(path, field.default, field)
    if isinstance(field.default, (int, float)) and not isinstance(field.default, bool):
      assert field.range or path.split('.')[-1] == 'slope', path


@pytest.mark.parametrize(
  'word',
  [
    'data.size=16,16,3', 'data.size=0,16', 'data.size=()', 'sample.num=0', 'sample.every=-1', 'log.every=-1',
    'latents.dim=0', 'latents.signs=-1', 'generator.kernel=0', 'generator.strides=()', 'generator.width=0',
    'generator.strides=2,0', 'evaluate.num_images=-1', 'g_optimizer.learning_rate=-1e-4', 'penalty.r1=-1',
    'd_optimizer.learning_rate=1e999', 'penalty.every=0', 'penalty.decay_start=1', 'penalty.final_scale=0',
    'train.ema_decay=1.5', 'train.ema_decay=1', 'label_smoothing=2', 'instance_noise.sigma=-1',
    'train.batch_size=0', 'train.num_steps=0', 'train.accumulate=0', 'train.steps_per_dispatch=-1',
    'train.d_steps=-1', 'train.g_steps=0', 'seed=-1', 'seed=2147483648', 'population.seeds=0',
    'g_optimizer.b1=1', 'g_optimizer.eps=-1', 'g_optimizer.schedule=linaer', 'latents.law=nromal',
    'train.dtype=float16', 'train.latents=both', 'loss=hing', 'data.resize=croop', 'checkpoint.keep=0',
    'discriminator.activation=rulu', 'generator.initializer=hee_normal', 'parallel.batch_norm=none',
    'checkpoint.every=-1', 'parallel.num_processes=0', 'train.accumulate=3',
  ],
)  # fmt: skip
def test_plausible_but_wrong_values_are_refused(word):
  assert word.partition('=')[0].rpartition('.')[2] in refused(word)


@pytest.mark.parametrize(
  ('name', 'word'),
  [
    ('pix2pix', 'gan.l1=-1'), ('cyclegan', 'gan.pool=-1'), ('super_resolution', 'gan.scale=1'),
    ('inpainting', 'gan.mask=hole'), ('pix2pix', 'data.source=edge'), ('toy_ring', 'data.density=rign'),
    ('pix2pix', 'generator.dropout=1'), ('pix2pix', 'generator.depth=0'), ('stargan', 'generator.blocks=-1'),
    ('cyclegan', 'generator.padding=mirror'), ('cyclegan', 'discriminator.norm=layer'),
    ('dcgan_avatar', 'data.num_images=0'), ('dcgan_avatar', 'data.label=hairs'),
  ],
)  # fmt: skip
def test_fields_of_modules_have_ranges_too(name, word):
  assert word.partition('=')[0].rpartition('.')[2] in refused(word, name=name)


def test_what_python_has_set_is_checked_as_well():
  config = configs.get('dcgan_digits')
  config.train.ema_decay = 1.5
  with pytest.raises(errors.UserError, match=r'train\.ema_decay=1\.5: must be in \[0, 1\)'):
    configs.check(config)


def test_a_section_says_what_its_fields_are():
  config = configs.get('dcgan_digits', {'train.batch_size': 32})
  text = describe.fields(config, 'train')
  assert '--config.train.batch_size=32 (default 64)\n    real images in an update of D' in text
  assert 'at least 1' in text
  assert max(map(len, text.splitlines())) <= 110
  assert describe.fields(config, 'seed').startswith('--config.seed=0\n')
  assert '--config.discriminator.widths=(256, 256)' in describe.fields(config, 'discriminator')
  with pytest.raises(errors.UserError, match='did you mean'):
    describe.fields(config, 'trian')


def test_every_experiment_is_listed_with_what_it_was_measured_at():
  lines = describe.experiments().splitlines()
  assert [line.split()[0] for line in lines[::2]] == [file.stem for file in files.experiments()]
  for line in lines[1::2]:
    assert len(line.strip()) > 20
  assert max(map(len, lines)) <= 110


def test_the_page_of_fields_is_what_the_code_says():
  page = (ROOT / 'docs/fields.md').read_text()
  assert page == describe.page(), 'python -m gan_jax.configs.describe writes it'
  for word in ('penalty.r1', 'generator.widest', 'gan.exclusive', 'data.on_bad_image', 'g_optimizer.b1'):
    assert f'| `{word}` |' in page


def test_the_names_of_the_losses_are_those_that_there_are():
  there = {name for name, value in vars(losses).items() if hasattr(value, 'generator') and name[0] != '_'}
  assert there == set(losses.NAMES)


@pytest.mark.parametrize(
  ('fields', 'ends'),
  [
    ({}, {}),
    ({'g_optimizer.schedule': 'linear'}, {'g_optimizer': 100}),
    ({'g_optimizer.schedule': 'linear', 'g_optimizer.decay_steps': 70}, {'g_optimizer': 70}),
    ({'penalty.final_scale': 0.1}, {'penalty': 100}),
    ({'penalty.final_scale': 0.1, 'penalty.decay_steps': 9}, {'penalty': 9}),
  ],
)
def test_schedules_end_with_the_training_or_after_steps_of_their_own(fields, ends):
  constant = {'g_optimizer.schedule': 'constant', 'd_optimizer.schedule': 'constant'}
  make = lambda steps: configs.get('dcgan_digits', {'train.num_steps': steps, **constant, **fields})
  assert lengths.ends(make(100)) == ends
  own = [section for section in ends if f'{section}.decay_steps' in fields]
  told = lengths.moved(make(100), make(200))
  assert bool(told) == bool(set(ends) - set(own))
  for section in set(ends) - set(own):
    assert f'--config.{section}.decay_steps=100' in told
    kept = configs.get('dcgan_digits', {'train.num_steps': 200, **constant, **fields})
    kept[section].decay_steps = 100
    assert lengths.moved(make(100), kept) == ''


def test_a_field_of_another_type_is_not_carried_over_to_another_network():
  """DCGAN's `norm` has an entry for each layer, that of SN-GAN's is a name."""
  said = []
  config = configs.get('dcgan_digits', {'generator.name': 'sngan'}, notice=said.append)
  assert config.generator.norm == 'batch'
  assert any('generator.norm' in line for line in said)
