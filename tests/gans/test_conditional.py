"""Conditional games: what each player is told, what is learned of it, and what is refused."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import configs, data, errors, gans
from gan_jax.data import law, others
from gan_jax.data.dataset import Dataset
from gan_jax.gans import conditions
from gan_jax.gans.conditions import reading
from gan_jax.gans.parts import sheets, wrong_conditions
from gan_jax.gans.parts.condition import Condition

WAYS = ('concat', 'projection', 'auxiliary', 'softmax')
COMMON = {'gan.name': 'conditional', 'latents.dim': 3, 'train.batch_size': 4, 'loss': 'non_saturating'}
NETWORKS = {
  'mlp': {
    'generator.name': 'mlp', 'generator.widths': (8,), 'generator.batch_norm': True,
    'discriminator.name': 'mlp', 'discriminator.widths': (8,),
  },
  'dcgan': {
    'generator.width': 4, 'discriminator.name': 'dcgan', 'discriminator.width': 4,
    'discriminator.strides': (2,), 'discriminator.norm': (False,),
  },
}  # fmt: skip
KINDS = {
  'label': np.array([0, 1, 2, 2, 1, 0], np.int32),
  'attributes': np.eye(6, 2, dtype=np.float32),
  'values': np.linspace(-1, 1, 6, dtype=np.float32)[:, None],
}


def some(*kinds):
  """A Dataset of six grey images with these conditions."""
  arrays = {'image': np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4, 1)}
  arrays |= {kind: KINDS[kind] for kind in kinds}
  names = {'label_names': ('a', 'b', 'c')} if 'label' in kinds else {}
  names |= {'attribute_names': ('up', 'down')} if 'attributes' in kinds else {}
  facts = (('value_ranges', (('age', 10.0, 30.0),)),) if 'values' in kinds else ()
  return Dataset(arrays, 6, 4, (4, 4, 1), facts=facts, **names)


def made(dataset, options):
  """(gan, a batch of the data) of a config with these fields."""
  config = configs.get('dcgan_digits:test', {**COMMON, **options}, notice=lambda _: None)
  return gans.make(config, dataset.spec(conditions=True)), {**dataset.batch(0, 0), 'step': 0}


def game(dataset, **fields):
  """(gan, variables, batch) of small networks at their first weights."""
  options = {**NETWORKS['mlp'], 'generator.batch_norm': False}
  gan, batch = made(dataset, options | {name.replace('__', '.'): value for name, value in fields.items()})
  batch |= gan.draw(jax.random.key(1), batch)
  return gan, gan.init(jax.random.key(0), batch), batch


@pytest.mark.parametrize('generator', ['concat', 'batch_norm', 'modulation'])
@pytest.mark.parametrize('name', WAYS)
@pytest.mark.parametrize('networks', NETWORKS)
def test_each_way_goes_with_each_network(name, generator, networks):
  options = {'condition.name': name, 'condition.generator': generator, **NETWORKS[networks]}
  gan, data = made(some('label'), options)

  def losses(rng):
    variables, batch = gan.init(rng, data), {**data, **gan.draw(rng, data)}
    fakes, _ = gan.generate(variables, batch, rng, train=True)
    return [loss(variables, batch, fakes, rng)[1][1] for loss in (gan.d_loss, gan.g_loss)]

  d, g = jax.eval_shape(losses, jax.random.key(0))
  assert {'loss', 'real_logit', 'fake_logit'} <= set(d)
  assert ('label_loss' in g) == (name in ('auxiliary', 'softmax'))
  assert ('fake_label_loss' in d) == (name == 'auxiliary')


@pytest.mark.parametrize('name', ['concat', 'projection'])
def test_d_knows_the_real_conditions_of_real_images_and_the_asked_ones_of_fakes(name):
  gan, variables, batch = game(some('label', 'attributes', 'values'), condition__name=name)
  swapped = {**batch, **{f'fake_{kind}': batch[kind] for kind in KINDS}}
  swapped |= {kind: batch[f'fake_{kind}'] for kind in KINDS}
  see = lambda batch, side: gan.discriminate(variables, batch, batch['image'], side=side)['logits']
  np.testing.assert_array_equal(see(batch, 'real'), see(swapped, 'fake'))
  assert not np.allclose(see(batch, 'real'), see(batch, 'fake'))
  usual = gan.discriminate(variables, batch, batch['image'])['logits']
  np.testing.assert_array_equal(usual, see(batch, 'fake'))


def test_projection_adds_the_product_of_the_embedded_condition_and_the_features():
  gan, variables, batch = game(some('label'), condition__name='projection')
  params = variables['d']['params']
  without = {'d': {'params': {**params, 'Dense_0': {'kernel': jnp.zeros_like(params['Dense_0']['kernel'])}}}}
  with_it, plain = (gan.discriminate(v, batch, batch['image'], side='real') for v in (variables, without))
  embedded = params['Dense_0']['kernel'][batch['label']]
  np.testing.assert_allclose(
    with_it['logits'] - plain['logits'], (embedded * plain['features']).sum(-1), rtol=1e-4, atol=1e-6
  )


def test_softmax_tells_real_images_by_the_sum_of_the_exponents():
  gan, variables, batch = game(some('label'), condition__name='softmax')
  seen = gan.discriminate(variables, batch, batch['image'])
  assert seen['label_read'].shape == (4, 3)
  np.testing.assert_allclose(seen['logits'], np.log(np.exp(seen['label_read']).sum(-1)), rtol=1e-5)


@pytest.mark.parametrize('generator', ['batch_norm', 'modulation'])
def test_scale_and_bias_by_condition_begin_as_one_and_zero(generator):
  fields = {'condition__generator': generator, 'generator__batch_norm': generator == 'batch_norm'}
  gan, variables, batch = game(some('label'), condition__name='projection', **fields)
  make = lambda label: gan.generate(variables, {**batch, 'fake_label': label}, jax.random.key(0), train=False)
  before = make(batch['fake_label'])[0]['image']
  np.testing.assert_array_equal(before, make((batch['fake_label'] + 1) % 3)[0]['image'])
  kernel = variables['g']['params']['Modulation_0']['Dense_0']['kernel']
  variables['g']['params']['Modulation_0']['Dense_0']['kernel'] = jnp.ones_like(kernel).at[1].set(2)
  assert not np.allclose(make(jnp.zeros(4, int))[0]['image'], make(jnp.ones(4, int))[0]['image'])


def test_a_missing_label_is_zeros_and_no_loss():
  condition = Condition(configs.get('common').condition, some('label', 'attributes').spec(True))
  vector = condition.vector_of({'label': jnp.array([-1, 2]), 'attributes': jnp.array([[0.0, 1], [1, 0.5]])})
  np.testing.assert_array_equal(vector, [[0, 0, 0, -1, 1], [0, 0, 1, 1, 0]])
  logits = jnp.array([[5.0, 0, 0], [0, 1.0, 2]])
  alone = reading.of_labels(logits[1:], jnp.array([2]))
  np.testing.assert_allclose(reading.of_labels(logits, jnp.array([-1, 2])), alone, rtol=1e-6)
  assert reading.of_labels(logits, jnp.array([-1, -1])) == 0


@pytest.mark.parametrize('options', [{}, {'condition__fakes': False}, {'condition__d_weight': 0.0}])
def test_the_class_losses_are_weighted_parts_of_the_loss(options):
  gan, variables, batch = game(some('label', 'values'), condition__name='auxiliary', **options)
  fakes = gan.generate(variables, batch, jax.random.key(0), train=True)[0]
  loss, (_, metrics) = gan.d_loss(variables, batch, fakes, jax.random.key(0))
  terms = {name: value for name, value in metrics.items() if name.endswith(('label_loss', 'values_loss'))}
  assert ('fake_label_loss' in terms) == options.get('condition__fakes', True)
  assert {float(value) == 0 for value in terms.values()} == {'condition__d_weight' in options}
  rest = metrics['real_loss'] + metrics['fake_loss'] + metrics.get('r1', 0) + metrics.get('r2', 0)
  np.testing.assert_allclose(loss, rest + sum(terms.values()), rtol=1e-4)


def test_what_is_asked_of_g_comes_as_in_the_data_or_all_alike():
  batch = {'label': jnp.repeat(jnp.array([0, 1, -1]), jnp.array([600, 200, 200]))}  # the last have none
  options, spec = configs.get('common').condition, some('label').spec()
  drawn = lambda: Condition(options, spec).draw(jax.random.key(0), batch)['fake_label']
  np.testing.assert_allclose(np.bincount(drawn(), minlength=3) / 1_000, [0.75, 0.25, 0], atol=0.04)
  options.law = 'uniform'
  np.testing.assert_allclose(np.bincount(drawn(), minlength=3) / 1_000, [1 / 3] * 3, atol=0.04)


def test_conditions_that_come_together_are_drawn_together():
  data = some('label', 'attributes', 'values')
  drawn = Condition(configs.get('common').condition, data.spec()).draw(jax.random.key(0), data.batch(0, 0))
  rows = np.concatenate([KINDS['label'][:, None], KINDS['attributes'], KINDS['values']], 1)
  found = np.concatenate([drawn['fake_label'][:, None], drawn['fake_attributes'], drawn['fake_values']], 1)
  assert set(map(tuple, found)) <= set(map(tuple, rows.astype(np.float32)))


@pytest.mark.parametrize('kinds', [('label',), ('values', 'label'), ('attributes',)])
def test_some_kinds_can_be_chosen(kinds):
  options = configs.get('common').condition
  options.on = kinds
  condition = Condition(options, some(*KINDS).spec(conditions=True))
  assert set(condition.kinds) == set(kinds)
  assert condition.vector(some(*KINDS).batch(0, 0), 'real').shape == (4, condition.size)


@pytest.mark.parametrize(
  ('fields', 'said'),
  [
    ({}, 'gan.name=conditional needs condition.name: auxiliary, concat, projection, softmax'),
    (
      {'gan__name': 'latent', 'condition__name': 'concat'},
      'gan.name=latent does not use condition.name=concat',
    ),
    ({'condition__name': 'softmax'}, 'reads labels, not label, attributes: set condition.on=label'),
    ({'condition__name': 'concat', 'condition__on': 'values'}, "needs 'values' in its batches"),
    ({'condition__name': 'concat', 'condition__generator': 'batch_norm'}, 'which has no batch norm'),
    ({'condition__name': 'concat', 'condition__generator': 'film'}, "unknown condition.generator 'film'"),
    ({'condition__name': 'concta'}, "unknown name in gans.conditions 'concta'; did you mean 'concat'"),
  ],
)
def test_what_does_not_fit_is_refused_in_a_line(fields, said):
  with pytest.raises(errors.UserError, match=said) as error:
    game(some('label', 'attributes'), **fields)
  assert '\n' not in str(error.value)


def test_data_without_conditions_and_networks_without_features_are_refused():
  with pytest.raises(errors.UserError, match='needs labels, attributes or values'):
    game(some(), condition__name='concat')
  with pytest.raises(errors.UserError, match="and no 'features'"):
    conditions.features({'logits': jnp.zeros(2)})


def test_the_law_is_compact_and_the_same_each_time():
  many = {'label': np.arange(10_000) % 7, 'attributes': np.arange(50_000).reshape(-1, 5) % 2}
  text = law.encode(many)
  assert text == law.encode(many)
  assert len(law.decode(text)['label']) == law.MOST
  assert len(text) < 20_000
  assert law.encode({}) == ''
  assert dict(law.decode('')) == {}


def test_each_label_has_its_share_of_the_law():
  label = np.random.default_rng(0).choice(3, 5_000, p=[0.7, 0.29, 0.01])
  kept = law.decode(law.encode({'label': label, 'values': label[:, None] / 2}))
  shares = [np.bincount(some, minlength=3) / len(some) for some in (label, kept['label'])]
  np.testing.assert_allclose(*shares, atol=2 / law.MOST)
  np.testing.assert_array_equal(kept['values'][:, 0], kept['label'] / 2)  # rows stay together


@pytest.mark.long
def test_drawn_data_have_the_law_of_what_they_draw():
  faces = data.load('avatars', 8, size=(16, 16), channels=3, num_images=50)
  found = law.decode(faces.spec(conditions=True).law)
  assert set(found) == {'label', 'attributes'}
  np.testing.assert_array_equal(np.sort(found['label']), np.sort(faces.gather(np.arange(50))['label']))
  assert faces.spec().law == ''


def test_a_sheet_has_a_row_for_each_class_attribute_and_end_of_a_value():
  gan, _, batch = game(some(*KINDS), condition__name='concat')
  headings, drawn = gan.presentation.sheet(gan.draw(jax.random.key(0), batch))
  assert headings == ['a', 'b', 'c', 'up', 'down', 'age 10', 'age 30']
  grid = {name: np.asarray(value).reshape(4, 7, *value.shape[1:]) for name, value in drawn.items()}
  np.testing.assert_array_equal(grid['latents'], np.repeat(grid['latents'][:, :1], 7, 1))
  np.testing.assert_array_equal(grid['fake_label'][:, :3], [[0, 1, 2]] * 4)
  np.testing.assert_array_equal(grid['fake_attributes'][:, [3, 4], [0, 1]], np.ones((4, 2)))
  np.testing.assert_array_equal(grid['fake_values'][:, 5:, 0], [[-1, 1]] * 4)
  np.testing.assert_array_equal(grid['fake_values'][:, 0], grid['fake_values'][:, 3])


def test_walks_go_from_class_to_class_and_along_each_value():
  gan, variables, batch = game(some(*KINDS), condition__name='concat')
  found = gan.presentation.figures(variables, batch, jax.random.key(0))
  assert list(found) == ['class_interpolation', 'walk_age']
  assert [*found['walk_age']][::7] == ['10', '30']
  first = gan.generate(variables, {**batch, 'fake_label': jnp.zeros(4, int)}, jax.random.key(0), train=False)
  np.testing.assert_allclose(found['class_interpolation']['a'], first[0]['image'], atol=1e-6)


def test_each_row_is_wrong_in_one_thing():
  """Colours of hair go together, of which a face has one; hats, classes and values are apart."""
  rng = np.random.default_rng(0)
  colors = np.eye(3)[rng.integers(0, 3, 300)]
  flags = np.concatenate([colors, rng.integers(0, 2, (300, 1))], 1)
  spec = dataclasses.replace(some('label', 'values').spec(), law=law.encode({'attributes': flags}))
  batch = {**spec.batch, 'attributes': jax.ShapeDtypeStruct((4, 4), jnp.float32)}
  spec = dataclasses.replace(spec, batch=batch)
  things = wrong_conditions.things(('label', 'attributes', 'values'), spec)
  wanted = ['111111', '100000', '000010', '011100', '000001']  # all, the class, the hat, the hair, the value
  assert [''.join('01'[int(flag)] for flag in thing) for thing in things] == wanted

  conditions = {'label': np.array([0, 0, 1], np.int32), 'attributes': flags[:3].astype(np.float32)}
  conditions |= {'values': np.array([[0.5], [0.5], [-1.0]], np.float32)}
  rows = lambda some: np.concatenate([np.reshape(value, (3, -1)) for value in some.values()], 1)
  for turn in range(len(things)):
    found = wrong_conditions.wrong(conditions, things, turn)
    assert all(found[kind].dtype == conditions[kind].dtype for kind in found)
    changed = rows(found) != rows(conditions)
    chosen = things[(np.arange(3) + turn) % len(things)]
    told = rows(conditions)
    found_there = ((told[:, None] != told) & chosen[:, None]).any((1, 2))  # else it is all of another row
    assert not changed[found_there][~chosen[found_there]].any()
    assert changed.any(1).all()


def test_the_next_row_that_differs_gives_what_is_wrong():
  labels = jnp.array([2, 2, 0, 1, 2])
  np.testing.assert_array_equal(others.following(labels[:, None] != labels), [2, 2, 3, 4, 2])
  np.testing.assert_array_equal(others.following(jnp.zeros((3, 3), bool)), [0, 1, 2])  # there is no other


def test_a_missing_label_is_neither_taken_nor_replaced_and_no_right_condition_is_rejected():
  conditions = {'label': np.array([3, -1, 3, 5], np.int32), 'values': np.array([[0.5], [0.5], [0.1], [0.5]])}
  things = np.array([[True, True], [True, False], [False, True]])
  for turn in range(3):
    found = wrong_conditions.wrong(conditions, things, turn)
    assert found['label'][1] == -1
    assert (np.delete(found['label'], 1) >= 0).all()
    same = (found['label'] == conditions['label']) & (found['values'] == conditions['values'])[:, 0]
    assert not same.any()


def test_what_is_asked_for_has_the_law_of_the_labels_there_are():
  label = np.full(2000, -1, np.int32)
  label[:20] = np.arange(20) % 4
  spec = some('label').spec()
  spec = dataclasses.replace(spec, law=law.encode({'label': label}), label_names=('a', 'b', 'c', 'd'))
  assert set(law.decode(spec.law)['label']) == {0, 1, 2, 3}
  options = configs.get('cgan_mnist', {}, lambda _: None).condition
  asked = Condition(options, spec, missing=True)
  batch = {'label': jnp.array([2, *[-1] * 399])}  # one label, which is not to be asked for all the time
  drawn = np.asarray(asked.draw(jax.random.key(0), batch)['fake_label'])
  assert np.bincount(drawn, minlength=4).min() > 50
  alone = Condition(options, spec)
  assert set(np.asarray(alone.draw(jax.random.key(0), batch)['fake_label'])) == {2}


def test_g_cannot_learn_from_classes_that_d_does_not_tell():
  with pytest.raises(errors.UserError, match=r'set condition\.d_weight'):
    made(some('label'), {**NETWORKS['mlp'], 'condition.name': 'projection', 'condition.g_weight': 0.1})


@pytest.mark.parametrize('loss', ['relativistic', 'hinge'])
@pytest.mark.parametrize('name', ['concat', 'projection'])
def test_a_real_image_with_the_condition_of_another_is_rejected(name, loss):
  fields = {'condition__name': name, 'condition__mismatched': True, 'loss': loss}
  gan, variables, batch = game(some('label', 'values'), **fields)
  fakes, _ = gan.generate(variables, batch, jax.random.key(0), train=True)
  metrics = gan.d_loss(variables, batch, fakes, jax.random.key(0))[1][1]
  things = wrong_conditions.things(('label', 'values'), some('label', 'values').spec())
  told = {kind: batch[kind] for kind in ('label', 'values')}
  found = wrong_conditions.wrong(told, things, batch['step'])
  wrong = {**batch, **{f'fake_{kind}': values for kind, values in found.items()}}
  logits = gan.discriminate(variables, wrong, batch['image'])['logits']
  np.testing.assert_allclose(metrics['mismatched_logit'], logits.mean(), rtol=1e-5)


def test_a_way_that_reads_no_condition_can_reject_none():
  with pytest.raises(errors.UserError, match=r'condition\.mismatched is for concat and projection'):
    made(some('label'), {**NETWORKS['mlp'], 'condition.name': 'auxiliary', 'condition.mismatched': True})


def test_a_sheet_clears_what_no_example_has_with_an_attribute():
  flags = np.tile(
    np.array([[1, 0, 1], [0, 1, 1], [0, 1, 0]], np.float32), (10, 1)
  )  # the first two never meet
  spec = dataclasses.replace(some('attributes').spec(), attribute_names=('up', 'down', 'far'))
  spec = dataclasses.replace(spec, law=law.encode({'attributes': flags}))
  drawn = {'fake_attributes': jnp.array([[0.0, 1, 1]])}
  rows = [('', None, 0), ('attributes', 0, 1), ('attributes', 2, 1)]
  found = sheets.asked(rows, drawn, spec)['fake_attributes']
  np.testing.assert_array_equal(found, [[0, 1, 1], [1, 0, 1], [0, 1, 1]])


def test_class_losses_go_beside_the_projection():
  weights = {'condition__d_weight': 0.5, 'condition__g_weight': 0.25}
  gan, variables, batch = game(some('label', 'attributes'), condition__name='projection', **weights)
  fakes, _ = gan.generate(variables, batch, jax.random.key(0), train=True)
  (d, (_, d_told)), (g, (_, g_told)) = (
    loss(variables, batch, fakes, jax.random.key(0)) for loss in (gan.d_loss, gan.g_loss)
  )
  read = gan.discriminate(variables, batch, fakes['image'])
  wanted = reading.of_labels(read['label_read'], batch['fake_label'])
  np.testing.assert_allclose(g_told['label_loss'], 0.25 * wanted, rtol=1e-5)
  plain, _, _ = game(some('label', 'attributes'), condition__name='projection')
  assert {'label_loss', 'attributes_loss'} < set(d_told)
  assert 'fake_label_loss' not in d_told
  params = variables['d']['params']
  alone = {
    **variables,
    'd': {'params': {'network': params['network']['network'], 'Dense_0': params['Dense_0']}},
  }
  for loss, told, total in ((plain.d_loss, d_told, d), (plain.g_loss, g_told, g)):
    without = loss(alone, batch, fakes, jax.random.key(0))[0]
    np.testing.assert_allclose(total, without + told['label_loss'] + told['attributes_loss'], rtol=1e-5)
